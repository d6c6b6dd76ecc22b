//! What the environment tells a program (`docs/abi.md`).

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::os::unix::ffi::OsStringExt;

use vbc_core::diag::system_reason;
use vbc_runtime::host::{Folder, GivenFolder, Host, Input, Services, ServicesConfig};
use vbc_runtime::{Limits, Names, units};
use vbc_sandbox::{Access, Mode, Sandbox};

/// The value of a variable, read by `read`; an error names the variable.
fn variable<T>(
    name: &str,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, String> {
    let Some(word) = env::var_os(name) else {
        return Ok(None);
    };
    let word = word.to_str().ok_or_else(|| format!("{name}: not UTF-8"))?;
    read(word)
        .map(Some)
        .map_err(|reason| format!("{name}: {reason}"))
}

/// What backtraces call functions.
pub(crate) fn names() -> Names {
    match env::var_os("VBC_NO_DEMANGLE").is_some_and(|value| !value.is_empty()) {
        true => Names::Raw,
        false => Names::Demangled,
    }
}

fn number(word: &str) -> Result<u64, String> {
    word.parse().map_err(|_| "not a number".to_owned())
}

/// The bounds of a run.
pub(crate) fn limits() -> Result<Limits, String> {
    let defaults = Limits::default();
    Ok(Limits {
        fuel: variable("VBC_FUEL", number)?,
        timeout: variable("VBC_TIMEOUT", units::duration)?,
        max_memory: variable("VBC_MAX_MEMORY", units::size)?.unwrap_or(defaults.max_memory),
        max_stack: variable("VBC_MAX_STACK", units::stack_size)?.unwrap_or(defaults.max_stack),
        heap: defaults.heap,
    })
}

/// Whether the kernel is to bound the process. The empty word asks for nothing.
pub(crate) fn sandbox() -> Result<Option<Mode>, String> {
    let read = |word: &str| match word {
        "" => Ok(None),
        word => Mode::parse(word).map(Some),
    };
    Ok(variable("VBC_SANDBOX", read)?.flatten())
}

/// Everything else that the program is given. A sandbox keeps the folders.
pub(crate) fn host(
    args: Vec<Vec<u8>>,
    deterministic: bool,
    mut sandbox: Option<&mut Sandbox>,
) -> Result<Host, String> {
    let seed = variable("VBC_SEED", number)?;
    let terminals = match deterministic {
        true => [false; 3],
        false => [
            io::stdin().is_terminal(),
            io::stdout().is_terminal(),
            io::stderr().is_terminal(),
        ],
    };
    let mut host = Host::new(Services::new(ServicesConfig {
        args,
        env: variables(),
        input: Input::Stdin,
        output_by_line: io::stdout().is_terminal(),
        seed: seed.or(deterministic.then_some(0)),
        fixed_clock: deterministic,
        terminals,
        ..ServicesConfig::default()
    }));
    let folders = env::var_os("VBC_DIR").unwrap_or_default().into_vec();
    for word in folders.split(|&byte| byte == b';') {
        if word.is_empty() {
            continue;
        }
        let given =
            GivenFolder::parse(word.to_vec()).map_err(|reason| format!("VBC_DIR: {reason}"))?;
        let path = given.path.display();
        let failed = |error| format!("VBC_DIR: {path}: {}", system_reason(&error));
        let folder = Folder::open(&given.path, given.name).map_err(failed)?;
        if let Some(sandbox) = &mut sandbox {
            sandbox.reach(&folder, Access::Write).map_err(failed)?;
        }
        host.give(folder);
    }
    Ok(host)
}

/// The variables that the program sees.
fn variables() -> Vec<(Vec<u8>, Vec<u8>)> {
    let names = env::var_os("VBC_ENV").unwrap_or_default().into_vec();
    if names == b"*" {
        let all = env::vars_os();
        return all
            .map(|(name, value)| (name.into_vec(), value.into_vec()))
            .collect();
    }
    names
        .split(|&byte| byte == b',')
        .filter_map(|name| {
            let value = env::var_os(OsString::from_vec(name.to_vec()))?;
            Some((name.to_vec(), value.into_vec()))
        })
        .collect()
}
