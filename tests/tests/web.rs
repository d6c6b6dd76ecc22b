//! The example page and our JavaScript in headless Chromium.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use vbc_tests::browser::{Browser, Server};
use vbc_tests::webassembly::{Host, command, programs};
use vbc_tests::{number_from_environment, program, project, scratch};

/// The example page as its script makes it.
struct Page {
    browser: Browser,
    _server: Server,
    folder: tempfile::TempDir,
}

impl Page {
    fn open() -> Page {
        let folder = scratch();
        let built = Command::new(project().join("examples/web/build.sh"))
            .arg(folder.path())
            .env("VBC_WASM", program("vbc-wasm"))
            .status();
        assert!(built.expect("the script starts").success());
        let server = Server::start(folder.path());
        let browser = Browser::start();
        browser.open(&server.address("/"));
        Page {
            browser,
            _server: server,
            folder,
        }
    }

    fn choose(&self, name: &str) {
        let script = "const list = document.getElementById('program');
             list.value = arguments[0];
             list.dispatchEvent(new Event('change'));";
        self.browser.run(script, &json!([name]));
    }

    /// Chooses a file of the user's own.
    fn give(&self, name: &str, bytes: &[u8]) {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).expect("a file");
        self.browser.clear("file");
        self.browser.type_into("file", path.to_str().expect("text"));
    }

    /// What is shown about the chosen program.
    fn takes(&self) -> String {
        let text = self.value("return document.getElementById('takes').innerText");
        text.as_str().expect("text").to_owned()
    }

    fn canvases(&self) -> Json {
        self.value("return document.querySelectorAll('canvas').length")
    }

    /// Waits until the status is no longer `running`.
    fn end(&self) -> String {
        let start = Instant::now();
        loop {
            let status = self.value("return document.getElementById('status').value");
            let status = status.as_str().expect("text");
            if !["", "running"].contains(&status) {
                return status.to_owned();
            }
            assert!(start.elapsed() < Duration::from_secs(60), "{status:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn value(&self, script: &str) -> Json {
        self.browser.run(script, &json!([]))
    }

    /// What is shown as output.
    fn output(&self) -> String {
        let text = self.value("return document.getElementById('output').textContent");
        text.as_str().expect("text").to_owned()
    }

    /// Runs what is chosen; returns its output and how it ended.
    fn run(&self) -> (String, String) {
        self.browser.click("run");
        let end = self.end();
        (self.output(), end)
    }
}

fn shown(output: &str, end: &str) -> (String, String) {
    (output.to_owned(), end.to_owned())
}

#[test]
fn the_page_runs_programs() {
    if !Host::Chromium.is_there() {
        return;
    }
    let page = Page::open();
    page.choose("hello.wasm");
    assert_eq!(page.run(), shown("Hello, world!\n", "exit code 0"));

    page.browser.type_into("stdin", "one two\nthree ä-b\n");
    page.choose("wc.wasm");
    assert_eq!(
        page.run(),
        shown("      2       4      19\n", "exit code 0")
    );
    page.choose("files.wasm");
    let files = "one line\nand another\n.\n..\nnote.txt\n";
    assert_eq!(page.run(), shown(files, "exit code 0"));

    // A module of the user's own: arguments, an exit code, standard error, a trap.
    let own = |name: &str, text: &str| {
        page.give(name, &command(name, text.as_bytes(), Default::default()));
    };
    let count = ".import func \"vbc1:arg_count\" as arg_count() -> i64\n";
    own(
        "count.wasm",
        &format!("{count}MAIN -> i64\n  CALL arg_count -> n\n  RETURN n\nEND\n"),
    );
    page.browser.type_into("args", "a  bc d");
    assert_eq!(page.run(), shown("", "exit code 4"));
    own(
        "trap.wasm",
        "MAIN\n  PRINT \"before\"\n  TRAP assertion_failed\nEND\n",
    );
    let said = "before\ntrap: assertion failed\n";
    let status = "RuntimeError: unreachable";
    assert_eq!(page.run(), shown(said, status));
    let error = page.value("return document.querySelector('#output .error').textContent");
    assert_eq!(error, "trap: assertion failed\n");

    // What takes too long can be stopped, and then really is.
    let clock = ".import func \"vbc1:clock_mono\" as now() -> i64\n";
    own(
        "slow.wasm",
        &format!(
            "{clock}MAIN\n  CALL now -> end\n  ADD end, end, 4_000_000_000\nagain:\n  CALL now -> time\n  IF_LT time, end, again\nEND\n"
        ),
    );
    page.browser.click("run");
    page.browser.click("stop");
    assert_eq!(page.end(), "stopped");
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(page.end(), "stopped");
    own("trap.wasm", "MAIN\n  TRAP unreachable\nEND\n");
    assert_eq!(page.run(), shown("", status));
}

#[test]
fn the_page_draws_the_picture_that_the_interpreter_makes() {
    if !Host::Chromium.is_there() {
        return;
    }
    let source = project().join("examples/mandelbrot.vitasm");
    let picture = Command::new(program("vbc-run"))
        .arg(source)
        .output()
        .expect("vbc-run runs")
        .stdout;
    let pixels = picture
        .strip_prefix(b"P6\n240 160\n255\n")
        .expect("a header");

    let page = Page::open();
    page.choose("mandelbrot.wasm");
    assert_eq!(page.run(), shown("", "exit code 0"));
    let canvas = page.value(
        "const canvas = document.getElementById('picture');
         const { width, height } = canvas;
         const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
         return { width, height, hidden: canvas.hidden, data: Array.from(data) };",
    );
    assert_eq!(canvas["hidden"], false);
    assert_eq!(
        (&canvas["width"], &canvas["height"]),
        (&json!(240), &json!(160))
    );
    let shown: Vec<u64> = canvas["data"]
        .as_array()
        .expect("pixels")
        .iter()
        .map(|value| value.as_u64().expect("a number"))
        .collect();
    let expected: Vec<u64> = pixels
        .chunks_exact(3)
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255])
        .map(u64::from)
        .collect();
    assert_eq!(expected.len(), 240 * 160 * 4);
    let differs = shown.iter().zip(&expected).position(|(a, b)| a != b);
    assert_eq!((differs, shown.len()), (None, expected.len()));
}

#[test]
fn the_page_says_what_each_program_takes() {
    if !Host::Chromium.is_there() {
        return;
    }
    let page = Page::open();
    let listed =
        page.value("return [...document.querySelectorAll('option')].map((one) => one.value)");
    let listed = listed.as_array().expect("a list");
    let mut listed: Vec<&str> = listed.iter().filter_map(Json::as_str).collect();
    listed.sort();
    let examples = fs::read_dir(project().join("examples")).expect("a folder");
    let names = examples.filter_map(|entry| {
        let name = entry.expect("an entry").file_name();
        let name = name.to_str().expect("text").strip_suffix(".vitasm")?;
        Some(format!("{name}.wasm"))
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    assert_eq!(listed, names);

    let mut said = Vec::new();
    for name in names {
        page.choose(&name);
        let text = page.takes();
        assert!(
            text.contains("argument") && text.contains("input"),
            "{name}: {text:?}"
        );
        said.push(text);
    }
    said.sort();
    said.dedup();
    assert_eq!(said.len(), listed.len(), "each is about its own program");
}

/// There is a canvas as long as there is a picture, and no longer.
#[test]
fn the_page_has_no_empty_canvas() {
    if !Host::Chromium.is_there() {
        return;
    }
    let page = Page::open();
    assert_eq!(page.canvases(), 0);
    page.choose("mandelbrot.wasm");
    page.run();
    assert_eq!(page.canvases(), 1);
    page.choose("hello.wasm");
    assert_eq!(page.run(), shown("Hello, world!\n", "exit code 0"));
    assert_eq!(page.canvases(), 0);
}

#[test]
fn a_file_can_be_given_back_and_is_refused_when_it_is_not_webassembly() {
    if !Host::Chromium.is_there() {
        return;
    }
    let page = Page::open();
    page.choose("hello.wasm");
    let hello = shown("Hello, world!\n", "exit code 0");
    let text = "MAIN\n  PRINT \"mine\"\nEND\n";
    let module = vbc::asm::assemble_verified(text.as_bytes(), "mine", &Default::default());
    let module = module.expect("a module").into_inner();
    let bytes = vbc::format::write(&module, &Default::default());
    let is_disabled = "return document.getElementById('program').disabled";
    for (name, bytes, about) in [
        (
            "mine.vitbc",
            &bytes[..],
            "is VITBC, which browsers do not run",
        ),
        (
            "mine.vitasm",
            text.as_bytes(),
            "is a text, which browsers do not run",
        ),
        ("mine.bin", b"\x7fELF", "is not WebAssembly"),
        ("empty.wasm", b"", "is not WebAssembly"),
    ] {
        page.give(name, bytes);
        assert!(page.takes().starts_with(name), "{}", page.takes());
        assert_eq!(page.value(is_disabled), true);
        let (output, end) = page.run();
        assert_eq!(output, "");
        assert!(end.starts_with(&format!("{name} {about}")), "{end}");
        if name.starts_with("mine.vit") {
            let command = format!("\"vbc-wasm {name} -o mine.wasm\"");
            assert!(end.contains(&command), "{end}");
        }
        // What was chosen before is what runs then.
        page.browser.click("forget");
        assert_eq!(page.value(is_disabled), false);
        assert_eq!(page.run(), hello);
    }
}

#[test]
fn programs_do_in_a_browser_what_they_do_elsewhere() {
    let host = Host::Chromium;
    if !host.is_there() {
        return;
    }
    programs::c_programs(host, "tiny");
    programs::system_programs(host);
    programs::examples(host);
    programs::exit_codes(host);
    programs::javascript(host);
}

/// One conformance file of every `VBC_EVERY`: asking a browser takes long.
#[test]
fn conformance_files_hold_in_a_browser() {
    if Host::Chromium.is_there() {
        let every = number_from_environment("VBC_EVERY", 6);
        programs::conformance(Host::Chromium, every as usize);
    }
}
