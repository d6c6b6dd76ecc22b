//! `docs/instructions.md`, from the op table.
//!
//! What holds for all instructions is prose in `instructions.md` beside this file; lines of the
//! form `{{name}}` in it are replaced by what the op table contains.

use std::fmt::Write;

use vbc::isa::{
    COUNTED, Effects, Form, FormInfo, GROUPS, Group, IndexSpace, Op, Operand, RESERVED, Role, Trap,
    Ty,
};

/// The page.
pub fn page() -> String {
    let mut page = String::new();
    for line in include_str!("instructions.md").lines() {
        match line {
            "{{traps}}" => page.push_str(&traps()),
            "{{effects}}" => page.push_str(&effects()),
            "{{numbers}}" => page.push_str(&numbers()),
            "{{groups}}" => page.push_str(&groups()),
            _ => {
                page.push_str(line);
                page.push('\n');
            }
        }
    }
    page
}

fn traps() -> String {
    let mut out = String::from("| code | word | message |\n| --- | --- | --- |\n");
    for &trap in Trap::ALL {
        let _ = writeln!(
            out,
            "| {} | `{}` | {} |",
            trap as u16,
            trap.word(),
            trap.message()
        );
    }
    out
}

fn effects() -> String {
    let words: Vec<String> = Effects::NAMES
        .iter()
        .filter(|(effect, _)| Op::ALL.iter().any(|op| op.info().effects.has(*effect)))
        .map(|(_, word)| format!("*{word}*"))
        .collect();
    format!("{}.\n", words.join(", "))
}

fn numbers() -> String {
    let mut out = String::from("| numbers | |\n| --- | --- |\n");
    for Group { numbers, title } in GROUPS {
        let _ = writeln!(
            out,
            "| `{:#05x}` - `{:#05x}` | {title} |",
            numbers.start(),
            numbers.end()
        );
    }
    for (range, what) in RESERVED {
        let _ = writeln!(
            out,
            "| `{:#05x}` - `{:#05x}` | reserved: {what}{} |",
            range.start(),
            range.end(),
            if *range == COUNTED {
                "; `a` words follow"
            } else {
                ""
            }
        );
    }
    out
}

fn groups() -> String {
    let mut out = String::new();
    for group in GROUPS {
        let _ = writeln!(out, "### {}\n", group.title);
        out.push_str("| opcode | instruction | operands | what it does | effects |\n");
        out.push_str("| --- | --- | --- | --- | --- |\n");
        let forms = Form::all().filter(|form| group.numbers.contains(&form.number()));
        for form in forms {
            row(&mut out, form.info());
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn row(out: &mut String, form: &FormInfo) {
    let info = form.op.info();
    let operands: Vec<String> = form.operands.iter().map(operand).collect();
    let effects: Vec<&str> = Effects::NAMES
        .iter()
        .filter(|(effect, _)| info.effects.has(*effect))
        .map(|(_, word)| *word)
        .collect();
    let _ = writeln!(
        out,
        "| `{:#05x}` | `{}` | {} | {} | {} |",
        form.number,
        written(form),
        operands.join("<br>"),
        info.doc(),
        effects.join(", "),
    );
}

/// The instruction as the text form writes it, with the operands' names.
fn written(form: &FormInfo) -> String {
    let mut text = form.op.info().full_mnemonic();
    let mut operands = form.operands.iter().peekable();
    let mut first = true;
    while let Some(operand) = operands.next() {
        let next = operands.peek().map(|next| (next.role, next.name));
        let piece = match (operand.role, next) {
            (Role::Index(IndexSpace::Memory), _) => continue,
            (Role::Src(Ty::Addr), Some((Role::Offset, offset))) => {
                operands.next();
                format!("[{} + {offset}]", operand.name)
            }
            (Role::Index(IndexSpace::Data), Some((Role::Addend, addend))) => {
                operands.next();
                format!("{} + {addend}", operand.name)
            }
            (Role::Index(IndexSpace::Type), _) => format!("({})", operand.name),
            (Role::Targets, _) => format!("{}..., else last", operand.name),
            (Role::Args(_), _) => format!("{}...", operand.name),
            (Role::Results(_), _) => {
                let _ = write!(text, " -> {}...", operand.name);
                continue;
            }
            _ => operand.name.to_owned(),
        };
        text.push_str(if first { " " } else { ", " });
        text.push_str(&piece);
        first = false;
    }
    text
}

/// One operand: name, role and type, and the field that holds it.
fn operand(operand: &Operand) -> String {
    let mut what = operand.role.word().to_owned();
    let _ = match operand.role {
        Role::Dst(ty) | Role::Src(ty) => write!(what, " {ty}"),
        Role::Imm(ty) => write!(what, " {ty}"),
        Role::Args(signature) | Role::Results(signature) => write!(what, " {}", signature.word()),
        _ => Ok(()),
    };
    format!("`{}: {what} @ {}`", operand.name, operand.field.name())
}

#[cfg(test)]
mod tests {
    use vbc::isa::{Field, Tail};

    use super::*;

    #[test]
    fn every_instruction_is_on_the_page() {
        let page = page();
        for form in Form::all() {
            assert!(page.contains(&format!("| `{:#05x}` |", form.number())));
        }
        assert!(!page.contains("{{"), "a placeholder is not known");
    }

    /// What the page states about lengths, against the table.
    #[test]
    fn lists_stand_where_the_page_says() {
        for form in Form::all() {
            let info = form.info();
            let a = info.operands.iter().any(|o| o.field == Field::A);
            let bc = info.operands.iter().any(|o| o.field == Field::BC);
            match info.tail() {
                Tail::Registers => assert!(!a, "{form}"),
                Tail::Targets => assert!(!bc && info.fixed_words() == 1, "{form}"),
                Tail::None => {}
            }
        }
    }
}
