//! The file of `--report`: how the run ended, for scripts.

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use vbc_cli::{Destination, Output, Stop};
use vbc_core::diag::Errors;
use vbc_runtime::{TrapReport, Value};

use super::ends::Frame;

/// The file of `--report`.
#[derive(Clone, Debug)]
pub(super) enum ReportFile {
    /// It is made when the report is written, and appears with all that is in it.
    Named(PathBuf),
    /// It was opened, because that will not be possible any more. Whoever writes the report takes it.
    Opened(Arc<Mutex<Option<Output>>>),
}

impl ReportFile {
    /// Opens it now, so that it can be written later whatever the process may open by then.
    pub(super) fn open(&mut self) -> Result<(), Errors> {
        if let ReportFile::Named(path) = self {
            let output = Output::create_in_place(&Destination::File(path.clone()))?;
            *self = ReportFile::Opened(Arc::new(Mutex::new(Some(output))));
        }
        Ok(())
    }

    /// What is to be written to; nothing when somebody has done so.
    fn output(&self) -> Result<Option<Output>, Errors> {
        match self {
            ReportFile::Named(path) => Output::create(&Destination::File(path.clone())).map(Some),
            ReportFile::Opened(output) => {
                let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(output.take())
            }
        }
    }
}

/// What is written. `docs/schema/vbc-run-report-1.schema.json` describes it.
#[derive(Default, Serialize)]
pub(super) struct Report {
    schema: &'static str,
    /// `exited`, `trapped`, `limit` or `invalid`.
    outcome: &'static str,
    /// Of `exited`: the program's code, all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<i32>,
    /// Of `exited`: the results of the invoked function.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    results: Vec<String>,
    /// Of `limit`: `fuel` or `time`.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<&'static str>,
    /// Of `trapped`: the trap's word in the text form.
    #[serde(skip_serializing_if = "Option::is_none")]
    trap: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// Of `trapped`: the calls, innermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    frames: Vec<Frame>,
    /// Of `trapped`: calls that are left out before the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    omitted: Option<usize>,
    /// Of `invalid`: the codes of the errors.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Error>,
}

#[derive(Serialize)]
struct Error {
    code: &'static str,
    message: String,
}

impl Report {
    /// The program ended, or the function returned.
    pub(super) fn exited(&mut self, code: i32, results: &[Value]) {
        self.outcome = "exited";
        self.code = Some(code);
        self.results = results.iter().map(Value::to_string).collect();
    }

    /// The program trapped.
    pub(super) fn trapped(&mut self, report: &TrapReport) {
        self.outcome = "trapped";
        self.trap = Some(report.trap.word());
        self.message = Some(report.trap.message().to_owned());
        self.omitted = (report.omitted > 0).then_some(report.omitted);
        self.frames = Frame::list(report);
    }

    /// The program used up its fuel or time.
    pub(super) fn limit(&mut self, limit: &'static str) {
        self.outcome = "limit";
        self.limit = Some(limit);
    }

    /// The program was not run, or could not be run to its end.
    pub(super) fn invalid(&mut self, errors: &Errors) {
        *self = Report {
            outcome: "invalid",
            errors: errors
                .0
                .iter()
                .map(|error| Error {
                    code: error.code.id,
                    message: error.message.clone(),
                })
                .collect(),
            ..Report::default()
        };
    }

    /// Writes the file.
    pub(super) fn write(mut self, file: &ReportFile) -> Result<(), Stop> {
        if self.outcome.is_empty() {
            // Whoever read the program's output went away, which ends it as if it had asked for it.
            self.exited(0, &[]);
        }
        self.schema = "vbc-run-report/1";
        let Some(mut output) = file.output()? else {
            return Ok(());
        };
        let text = serde_json::to_string_pretty(&self).map_err(std::io::Error::from)?;
        writeln!(output, "{text}")?;
        output.finish()?;
        Ok(())
    }
}
