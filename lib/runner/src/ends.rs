//! What is reported about how a program ended.

use serde::Serialize;

use vbc_cli::{Session, message_line};
use vbc_runtime::{Names, TrapReport};

/// A call of a backtrace, with the names that the module has.
#[derive(Serialize)]
pub(super) struct Frame {
    function: String,
    /// None for a native function that has called the program back.
    #[serde(skip_serializing_if = "Option::is_none")]
    instruction: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
}

impl Frame {
    /// The calls of a trap, innermost first.
    pub(super) fn list(report: &TrapReport) -> Vec<Frame> {
        let frames = report.frames.iter();
        frames
            .map(|frame| Frame {
                function: frame.name.clone(),
                instruction: frame.instruction,
                file: frame.source.as_ref().map(|(file, _)| file.clone()),
                line: frame.source.as_ref().map(|&(_, line)| line),
            })
            .collect()
    }
}

/// Which trap ended the program, and the calls that led to it. JSON has the module's names.
pub(super) fn trap_words(session: &Session, report: &TrapReport, names: Names) -> String {
    #[derive(Serialize)]
    struct Trapped {
        trap: &'static str,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        frames: Vec<Frame>,
        #[serde(skip_serializing_if = "Option::is_none")]
        omitted: Option<usize>,
    }
    if !session.json() {
        return report.text(session.name(), names);
    }
    let trapped = Trapped {
        trap: report.trap.word(),
        frames: Frame::list(report),
        omitted: (report.omitted > 0).then_some(report.omitted),
    };
    message_line(session.name(), report.trap.message(), &trapped)
}

/// What is reported about the limit that ended the program, `fuel` or `time`.
pub(super) fn limit_words(session: &Session, message: &str, limit: &'static str) -> String {
    #[derive(Serialize)]
    struct Limited {
        limit: &'static str,
    }
    match session.json() {
        true => message_line(session.name(), message, &Limited { limit }),
        false => format!("{}: {message}\n", session.name()),
    }
}
