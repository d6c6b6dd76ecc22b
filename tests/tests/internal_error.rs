//! What a user sees of a fault in a tool. No input may lead there, so the tool is one of the
//! test's own: the test starts itself again as that tool.

use std::process::{Command, ExitCode};

use clap::Parser;
use vbc::cli::{self, Common, Examples, Session, Stop, Tool};

/// Fails in a way that nobody foresaw
#[derive(Parser)]
#[command(name = "vbc-faulty")]
struct Faulty {
    #[command(flatten)]
    common: Common,
}

impl Tool for Faulty {
    const EXAMPLES: Examples = &[("Fail", "vbc-faulty")];

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(self, _: &mut Session) -> Result<u8, Stop> {
        panic!("the answer is {}", 42);
    }
}

/// Set for the process that is the tool.
const AS_TOOL: &str = "VBC_TEST_AS_TOOL";

fn main() -> ExitCode {
    if std::env::var_os(AS_TOOL).is_some() {
        return cli::run::<Faulty>();
    }
    let test = std::env::current_exe().expect("the test knows its own path");
    let output = Command::new(test).env(AS_TOOL, "1").output();
    let output = output.expect("the test starts itself");
    assert_eq!(output.status.code(), Some(70));
    assert!(output.stdout.is_empty());
    let shown = String::from_utf8(output.stderr).expect("text");
    let lines: Vec<&str> = shown.lines().collect();
    let [first, second] = lines[..] else {
        panic!("not two lines: {shown}");
    };
    let start = "error[C0012]: internal error of vbc-faulty ";
    assert!(first.starts_with(start), "{first}");
    assert!(first.ends_with(": the answer is 42"), "{first}");
    assert!(second.contains("this is a bug in the tool"), "{second}");
    // In the words of the usual test programs, which `tests/run.sh` counts.
    println!("test an_internal_error_is_two_lines_and_an_exit_code ... ok");
    println!("test result: ok. 1 passed; 0 failed; 0 ignored");
    ExitCode::SUCCESS
}
