//! Writes a function of a shape that the growth test counts, so that it can be measured in other ways: `shape NAME
//! NUMBER`. Without arguments, a line for each shape: the greatest number that the limits allow, and the name.

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use vbc_tests::growth::FUNCTIONS;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let text = match words.as_slice() {
        [] => FUNCTIONS
            .iter()
            .map(|shape| format!("{} {}\n", shape.most, shape.name))
            .collect(),
        [name, number] => {
            let shape = FUNCTIONS.iter().find(|shape| shape.name == name);
            let (Some(shape), Ok(number)) = (shape, number.parse()) else {
                eprintln!("no shape `{name}`, or {number} is no number");
                return ExitCode::from(2);
            };
            (shape.write)(number)
        }
        _ => {
            eprintln!("usage: shape [NAME NUMBER]");
            return ExitCode::from(2);
        }
    };
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
