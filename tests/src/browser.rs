//! A headless Chromium, which ChromeDriver drives (WebDriver, by plain HTTP), and a server of files for it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::scratch;

/// A process that ends with its owner.
struct Kept(Child);

impl Kept {
    /// Starts a program, and reads what it writes up to the number of the port that it listens at, after `before`.
    /// None when it ends before.
    fn listening(command: &mut Command, before: &str) -> Option<(Kept, u16)> {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        let kept = Kept(child);
        loop {
            let mut line = String::new();
            let count = output.read_line(&mut line).expect("text");
            if count == 0 {
                return None;
            }
            let Some((_, rest)) = line.split_once(before) else {
                continue;
            };
            let digits = rest.split(|c: char| !c.is_ascii_digit()).next();
            let port = digits.and_then(|digits| digits.parse().ok());
            // What it writes later has to go somewhere.
            std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
            return Some((kept, port.expect("a port")));
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Serves files of a folder to a browser on this machine: what the documentation tells users to
/// start.
pub struct Server {
    _process: Kept,
    port: u16,
}

impl Server {
    /// Starts it for a folder.
    pub fn start(folder: &Path) -> Server {
        let mut command = Command::new("python3");
        command
            .args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"])
            .arg("--directory")
            .arg(folder);
        let (process, port) = Kept::listening(&mut command, " port ").expect("a port");
        Server {
            _process: process,
            port,
        }
    }

    /// The address of a path.
    pub fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

/// A browser with one page.
pub struct Browser {
    _driver: Kept,
    port: u16,
    session: String,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser that knows nothing and asks nobody but the page's server.
    pub fn start() -> Browser {
        let profile = scratch();
        let mut command = Command::new("chromedriver");
        command.arg("--port=0");
        // It takes a free port of one version of the protocol, and ends when that of the other is not free.
        let mut attempts =
            (0..10).filter_map(|_| Kept::listening(&mut command, " successfully on port "));
        let (driver, port) = attempts.next().expect("chromedriver listens");
        let args = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            // The shared memory of a container is small.
            "--disable-dev-shm-usage",
            &format!("--user-data-dir={}", profile.path().display()),
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": args},
            "timeouts": {"script": 120_000, "pageLoad": 120_000},
        }}});
        let answer = ask(port, "POST", "/session", Some(&wanted));
        let session = answer["sessionId"].as_str().expect("a session").to_owned();
        Browser {
            _driver: driver,
            port,
            session,
            _profile: profile,
        }
    }

    fn ask(&self, path: &str, body: &Json) -> Json {
        let path = format!("/session/{}{path}", self.session);
        ask(self.port, "POST", &path, Some(body))
    }

    /// Loads a page.
    pub fn open(&self, address: &str) {
        self.ask("/url", &json!({"url": address}));
    }

    /// Runs the body of a function in the page, and returns what it returns, or what the promise that it returns
    /// becomes.
    pub fn run(&self, script: &str, args: &Json) -> Json {
        self.ask("/execute/sync", &json!({"script": script, "args": args}))
    }

    /// Finds an element by its `id`.
    fn element(&self, id: &str) -> String {
        let wanted = json!({"using": "css selector", "value": format!("#{id}")});
        let found = self.ask("/element", &wanted);
        let reference = found.as_object().and_then(|object| object.values().next());
        reference.and_then(Json::as_str).expect("text").to_owned()
    }

    /// Types into an element, or chooses a file there.
    pub fn type_into(&self, id: &str, text: &str) {
        let path = format!("/element/{}/value", self.element(id));
        self.ask(&path, &json!({"text": text}));
    }

    /// Empties an element.
    pub fn clear(&self, id: &str) {
        self.ask(&format!("/element/{}/clear", self.element(id)), &json!({}));
    }

    /// Clicks on an element.
    pub fn click(&self, id: &str) {
        self.ask(&format!("/element/{}/click", self.element(id)), &json!({}));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver would leave the browser running.
        let path = format!("/session/{}", self.session);
        let _ = attempt(self.port, "DELETE", &path, None);
    }
}

/// Asks the driver, which must do it.
fn ask(port: u16, method: &str, path: &str, body: Option<&Json>) -> Json {
    let mut answer = attempt(port, method, path, body).expect("the driver answers");
    let value = answer["value"].take();
    assert!(value.get("error").is_none(), "{path}: {value}");
    value
}

fn attempt(port: u16, method: &str, path: &str, body: Option<&Json>) -> std::io::Result<Json> {
    let body = body.map_or_else(String::new, Json::to_string);
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut stream = BufReader::new(stream);
    let mut length = None;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(digits) = line.strip_prefix("content-length:") {
            length = digits.trim().parse().ok();
        }
        if line.is_empty() {
            break;
        }
    }
    let length: u64 = length.ok_or_else(|| std::io::Error::other("an answer of unknown length"))?;
    let mut answer = Vec::new();
    stream.take(length).read_to_end(&mut answer)?;
    Ok(serde_json::from_slice(&answer)?)
}
