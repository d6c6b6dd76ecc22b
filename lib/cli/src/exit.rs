//! Exit codes: what a script may rely on.

/// Done, and the answer is yes.
pub const YES: u8 = 0;
/// The answer is no, or the work could not be done: an invalid module, an
/// undefined symbol, a file that is not there, a full disk.
pub const NO: u8 = 1;
/// The command line is wrong.
pub const USAGE: u8 = 2;
/// Done, but not all that was asked for.
pub const PARTLY: u8 = 3;
/// The tool itself failed. Not the input's fault; please report it.
pub const INTERNAL: u8 = 70;
/// There is no storage left for the tool's own work.
pub const OUT_OF_MEMORY: u8 = vbc_core::storage::OUT_OF_MEMORY as u8;
/// The program panicked: what programs in languages with panics end with. No tool ends like this by
/// itself.
pub const PANIC: u8 = 101;
/// The program ran out of fuel or time.
pub const LIMIT: u8 = 124;
/// The program trapped.
pub const TRAP: u8 = 134;

/// One row of the table of exit codes that `--help` prints.
pub type Row = (u8, &'static str);

/// The exit codes of a tool that does not run programs.
pub const TOOL: &[Row] = &[
    (YES, "done, and the answer is yes"),
    (
        NO,
        "the answer is no: invalid input, a file that cannot be read or written",
    ),
    (USAGE, "the command line is wrong"),
    (INTERNAL, "internal error of the tool; please report it"),
    (OUT_OF_MEMORY, "out of memory"),
];

/// The exit codes of a tool that does what it can, and says what it cannot.
pub const PARTIAL: &[Row] = &[
    (YES, "done, and everything that was asked for is there"),
    (
        NO,
        "nothing is written: invalid input, a file that cannot be read or written",
    ),
    (USAGE, "the command line is wrong"),
    (PARTLY, "done, but something is left out; warnings say what"),
    (INTERNAL, "internal error of the tool; please report it"),
    (OUT_OF_MEMORY, "out of memory"),
];

/// The exit codes of a tool that runs a program, whose own code it passes on.
pub const RUNNER: &[Row] = &[
    (
        YES,
        "the program ended well; another code of its own is passed on",
    ),
    (
        NO,
        "the module is invalid or cannot be read (--report tells this from the program's own 1)",
    ),
    (USAGE, "the command line is wrong"),
    (INTERNAL, "internal error of the tool; please report it"),
    (
        OUT_OF_MEMORY,
        "out of memory: the tool needed more than the system, or --max-memory, allows",
    ),
    (PANIC, "the program panicked"),
    (LIMIT, "the program ran out of fuel or time"),
    (TRAP, "the program trapped"),
];
