//! What answers requests about instances: processes, and a page.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::symlink;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;

use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::Host;
use crate::browser::{Browser, Server};
use crate::{project, scratch};

/// Takes requests, and answers them.
pub(super) enum Worker {
    Process(Process),
    Page(Page),
}

impl Worker {
    fn start(host: Host) -> Worker {
        let script = |name: &str| project().join("tests/wasm").join(name);
        let mut command = match host {
            Host::Wasmtime => Command::new("python3"),
            Host::Node | Host::Javascript => Host::node(),
            Host::Chromium => return Worker::Page(Page::open()),
        };
        let command = match host {
            Host::Wasmtime => command
                .arg(script("engine.py"))
                .env("PYTHONPATH", host.place()),
            Host::Node => command.arg(script("node.mjs")).arg("node"),
            _ => command.arg(script("node.mjs")).arg("ours"),
        };
        Worker::Process(Process::start(command))
    }

    pub fn ask(&mut self, request: &str) -> Json {
        match self {
            Worker::Process(process) => process.ask(request),
            Worker::Page(page) => page.ask(request),
        }
    }
}

thread_local! {
    /// The workers of this thread.
    static WORKERS: RefCell<Vec<(Host, Rc<RefCell<Worker>>)>> = const { RefCell::new(Vec::new()) };
}

/// The worker of this thread for a host.
pub(super) fn worker(host: Host) -> Rc<RefCell<Worker>> {
    WORKERS.with_borrow_mut(|workers| {
        if let Some((_, worker)) = workers.iter().find(|(of, _)| *of == host) {
            return worker.clone();
        }
        let worker = Rc::new(RefCell::new(Worker::start(host)));
        workers.push((host, worker.clone()));
        worker
    })
}

/// A process that answers each line.
pub(super) struct Process {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Process {
    pub fn start(command: &mut Command) -> Process {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the worker starts");
        Process {
            requests: child.stdin.take().expect("a pipe"),
            answers: BufReader::new(child.stdout.take().expect("a pipe")),
            child,
        }
    }

    pub fn ask(&mut self, request: &str) -> Json {
        writeln!(self.requests, "{request}").expect("the worker reads");
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .expect("the worker answers");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A page in a browser that has loaded the scripts of the tests.
pub(super) struct Page {
    browser: Browser,
    _server: Server,
    _folder: TempDir,
}

impl Page {
    fn open() -> Page {
        let folder = scratch();
        for name in ["lib", "tests"] {
            symlink(project().join(name), folder.path().join(name)).expect("a link");
        }
        let server = Server::start(folder.path());
        let browser = Browser::start();
        browser.open(&server.address("/tests/wasm/page.html"));
        Page {
            browser,
            _server: server,
            _folder: folder,
        }
    }

    fn ask(&self, request: &str) -> Json {
        let script = "return window.instances.then((instances) => instances.answer(arguments[0]))";
        let answer = self.browser.run(script, &json!([request]));
        let answer = answer.as_str().expect("text");
        serde_json::from_str(answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }
}
