//! What other assemblers call things, and how they are written here.

/// Mnemonics of other machines, and what to write instead.
const SYNONYMS: &[(&[&str], &str)] = &[
    (
        &["CMP", "TEST", "UCOMISD", "FCMP", "ICMP", "TST"],
        "write a comparison with a result, `EQ d, x, y` (NE LT LE GT GE), or one that branches, `IF_EQ x, y, label`",
    ),
    (
        &["MOD", "IREM", "SREM"],
        "the remainder is `REM d, x, y`, or REM_U without signs",
    ),
    (
        &["UREM", "UMOD", "MODU", "REMU"],
        "the remainder without signs is `REM_U d, x, y`",
    ),
    (
        &["IDIV", "SDIV"],
        "the quotient is `DIV d, x, y`, or DIV_U without signs",
    ),
    (
        &["UDIV", "DIVU"],
        "the quotient without signs is `DIV_U d, x, y`",
    ),
    (
        &["IMUL", "FMUL"],
        "the product is `MUL d, x, y`, for integers and floats",
    ),
    (
        &["IADD", "FADD", "ADDI"],
        "the sum is `ADD d, x, y`, for integers, floats and constants",
    ),
    (
        &["ISUB", "FSUB", "SUBI"],
        "the difference is `SUB d, x, y`, for integers, floats and constants",
    ),
    (
        &["FDIV"],
        "the quotient is `DIV d, x, y`, for integers and floats",
    ),
    (&["INC"], "write `ADD x, x, 1`"),
    (&["DEC"], "write `SUB x, x, 1`"),
    (
        &["JMP", "GOTO", "BR", "BRA", "B", "BRANCH"],
        "a branch is `JUMP label`, or `IF x, label` with a condition",
    ),
    (
        &["JE", "JZ", "BEQ", "BRZ", "JEQ", "IF_ZERO", "IF_Z"],
        "write `IF_EQ x, y, label`, or `IF_NOT x, label`",
    ),
    (
        &[
            "JNE",
            "JNZ",
            "BNE",
            "BRNZ",
            "BR_IF",
            "IF_NEQ",
            "IF_NZ",
            "IF_NONZERO",
        ],
        "write `IF_NE x, y, label`, or `IF x, label`",
    ),
    (&["JL", "BLT", "JLT"], "write `IF_LT x, y, label`"),
    (&["JLE", "BLE"], "write `IF_LE x, y, label`"),
    (&["JG", "BGT", "JGT"], "write `IF_GT x, y, label`"),
    (&["JGE", "BGE"], "write `IF_GE x, y, label`"),
    (&["JB", "BLTU"], "write `IF_LT_U x, y, label`"),
    (&["JA", "BGTU"], "write `IF_GT_U x, y, label`"),
    (
        &["BR_TABLE", "JUMP_TABLE", "CASE"],
        "write `SWITCH x, L0, L1, else L`",
    ),
    (
        &["MOV", "COPY", "LET", "SET"],
        "`MOVE d, s` copies a register, `LOAD_CONST d, 1` puts a number into one",
    ),
    (
        &[
            "CONST",
            "LI",
            "LDI",
            "LOADI",
            "LDC",
            "LOADCONST",
            "LOAD_IMM",
        ],
        "`LOAD_CONST d, 1` puts a number into a register",
    ),
    (
        &["LEA", "LA", "ADDR"],
        "`DATA_ADDR d, NAME` gives the address of a data row",
    ),
    (&["LD", "LDR", "LW"], "`LOAD d, [p + 8]` reads memory"),
    (
        &["LB", "LDRB", "LBU"],
        "`LOAD8 d, [p]` and `LOAD8_U d, [p]` read a byte",
    ),
    (&["ST", "STR", "SW"], "`STORE [p + 8], s` writes memory"),
    (&["SB", "STRB"], "`STORE8 [p], s` writes a byte"),
    (
        &["RET", "RETN", "BX"],
        "write `RETURN`, with the results after it",
    ),
    (&["BL", "JAL", "JSR", "INVOKE"], "write `CALL f, x, y -> d`"),
    (
        &["SAL", "SLL", "LSL", "SHLI"],
        "the shift to the left is `SHL d, x, n`",
    ),
    (
        &["SAR", "SRA", "ASR"],
        "the shift to the right that keeps the sign is `SHR d, x, n`",
    ),
    (
        &["SRL", "LSR"],
        "the shift to the right that fills with zeros is `SHR_U d, x, n`",
    ),
    (&["ROL"], "the rotation to the left is `ROTL d, x, n`"),
    (&["ROR"], "the rotation to the right is `ROTR d, x, n`"),
    (&["EOR"], "write `XOR d, x, y`"),
    (&["ABORT", "UD2", "UNREACHABLE"], "write `TRAP unreachable`"),
    (
        &["HLT", "HALT", "EXIT", "STOP", "QUIT"],
        "RETURN in MAIN ends the program; for an exit code, declare `.import func \"vbc1:exit\" as exit(i32)` and call it",
    ),
    (
        &[
            "READ", "INPUT", "READLN", "GETC", "SCAN", "SYSCALL", "ECALL", "INT",
        ],
        "the host's functions are imported, as `.import func \"vbc1:read\" as read(i32, i64, i64) -> i64`, and called \
         (docs/host.md)",
    ),
    (
        &["FOR", "WHILE", "LOOP", "REPEAT"],
        "a loop is a label, as `again:`, and a branch back to it, as `IF_LT x, y, again`",
    ),
    (
        &["ELSE", "ENDIF", "THEN", "ELIF"],
        "conditions are branches to labels: `IF_EQ x, y, label` goes to `label:`",
    ),
    (
        &["I2F", "ITOF", "I2D", "SITOFP", "CVTSI2SD", "FLOAT"],
        "`TO_FLOAT d, x` makes a float of an integer, TO_FLOAT_U of one without sign",
    ),
    (
        &["F2I", "FTOI", "D2I", "FPTOSI", "CVTTSD2SI"],
        "`TO_INT d, x` makes an integer of a float, TO_INT_SAT without traps",
    ),
    (
        &[
            "CAST", "CONV", "CVT", "CONVERT", "SEXT", "ZEXT", "MOVSX", "MOVZX",
        ],
        "between types there are EXTEND, EXTEND_U and WRAP, TO_FLOAT and TO_INT, and REINTERPRET",
    ),
    (
        &["PHI"],
        "registers can be written on every path; there are no phi instructions",
    ),
    (
        &["PUSH", "POP", "DUP", "DROP", "SWAP"],
        "there is no stack of operands: instructions name their registers",
    ),
    (
        &["NOP"],
        "leave it out; there is no instruction that does nothing",
    ),
    (
        &["PRINTLN", "PUTS", "ECHO", "OUT"],
        "`PRINT x` writes a register or a \"text\" and a new line, WRITE without one",
    ),
    (&["MALLOC"], "write `ALLOC d, n`"),
    (&["MEMCPY", "MEMMOVE"], "write `MEMORY_COPY d, s, n`"),
    (&["MEMSET"], "write `MEMORY_FILL d, byte, n`"),
];

/// What to write for a mnemonic of another machine.
pub(super) fn synonym(word: &str) -> Option<String> {
    let word = word.to_ascii_uppercase();
    let found = SYNONYMS
        .iter()
        .find(|(words, _)| words.contains(&word.as_str()));
    found.map(|(_, help)| (*help).to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::isa::Op;

    /// Everything that the advice names exists, and nothing that exists is called a synonym.
    #[test]
    fn the_table_agrees_with_the_instructions() {
        let mut seen = HashSet::new();
        let pseudo = ["PRINT", "WRITE", "ALLOC", "FREE", "LOAD_ARG"];
        for (words, help) in SYNONYMS {
            for word in *words {
                assert!(seen.insert(*word), "{word} is there twice");
                assert!(
                    Op::with_mnemonic(word).is_empty(),
                    "{word} is an instruction"
                );
            }
            let capitals = help.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let mnemonic = |word: &&str| {
                word.len() > 1
                    && word
                        .chars()
                        .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
                    && !["L0", "L1", "NAME", "MAIN"].contains(word)
            };
            for word in capitals.filter(mnemonic) {
                let exists = !Op::with_mnemonic(word).is_empty() || pseudo.contains(&word);
                assert!(exists, "{word} in {help}");
            }
        }
    }
}
