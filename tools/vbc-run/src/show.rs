//! What is shown of a program while it runs and after its end: traces, counts, registers.

use serde::Serialize;
use vbc_cli::{Session, escape, tell};
use vbc_core::module::NameSpace;
use vbc_interpreter::{Interpreter, Step};
use vbc_runtime::engine::Engine;
use vbc_runtime::{PAGE, Value};

fn list(values: &[Value]) -> String {
    let values: Vec<String> = values.iter().map(Value::to_string).collect();
    values.join(", ")
}

/// Writes a step of a trace as text.
pub fn trace_text(step: &Step<'_>) {
    let text = escape(step.text);
    tell(&match (step.values, step.values_are_operands) {
        ([], _) => format!("> {text}\n"),
        (values, true) => format!("> {text} {}\n", list(values)),
        (values, false) => format!("> {text} ({})\n", list(values)),
    });
}

#[derive(Serialize)]
struct JsonStep<'a> {
    schema: &'static str,
    function: &'a str,
    instruction: u32,
    text: &'a str,
    values: Vec<String>,
}

/// Writes a step of a trace as a JSON object on a line of its own.
pub fn trace_json(step: &Step<'_>) {
    let object = JsonStep {
        schema: "vbc-trace/1",
        function: step.function,
        instruction: step.instruction,
        text: step.text,
        values: step.values.iter().map(Value::to_string).collect(),
    };
    // Only a value with keys that are not strings could fail.
    if let Ok(line) = serde_json::to_string(&object) {
        tell(&format!("{line}\n"));
    }
}

/// Prints what `--dump-vm` and `--stats` ask for.
pub fn inside(session: &Session, interpreter: &mut Interpreter, dump: bool, stats: bool) {
    let mut text = String::new();
    if dump {
        dump_vm(interpreter, &mut text);
    }
    if stats {
        counts(interpreter, &mut text);
    }
    session.tell(&text);
}

fn dump_vm(interpreter: &mut Interpreter, text: &mut String) {
    if let Some(snapshot) = interpreter.snapshot() {
        text.push_str(&format!("registers of {}:\n", escape(&snapshot.function)));
        for (name, value) in &snapshot.registers {
            let value = value.map_or_else(|| "-".to_owned(), |value| value.to_string());
            text.push_str(&format!("  {} = {value}\n", escape(name)));
        }
        text.push_str("calls:\n");
        let shown = snapshot.calls.len().min(50);
        for (name, instruction) in &snapshot.calls[..shown] {
            text.push_str(&format!("  {}, instruction {instruction}\n", escape(name)));
        }
        if shown < snapshot.calls.len() {
            let more = snapshot.calls.len() - shown;
            text.push_str(&format!("  ... {more} more calls ...\n"));
        }
    }
    match interpreter.memory() {
        Some(memory) => {
            let (pages, bytes) = (memory.pages(), memory.len());
            let mut page = vec![0; PAGE as usize];
            let mut is_used = |number: &u64| {
                // All pages lie inside.
                let _ = memory.read(number * PAGE, &mut page);
                page.iter().any(|&byte| byte != 0)
            };
            let used = (0..pages).filter(|number| is_used(number)).count();
            text.push_str(&format!(
                "memory: {pages} pages ({bytes} bytes), {used} of them not all zero\n"
            ));
        }
        None => text.push_str("memory: none\n"),
    }
}

fn counts(interpreter: &mut Interpreter, text: &mut String) {
    let Some(observer) = interpreter.observer() else {
        return;
    };
    let operations = observer.operation_counts();
    let total: u64 = operations.iter().map(|(_, count)| count).sum();
    text.push_str(&format!("{total} instructions\n"));
    for (name, count) in operations {
        text.push_str(&format!("{count:>14}  {name}\n"));
    }
    text.push_str("by function\n");
    let module = interpreter.program().module();
    for (function, count) in observer.function_counts() {
        let name = module.display_name(NameSpace::Func, function);
        text.push_str(&format!("{count:>14}  {}\n", escape(&name)));
    }
}
