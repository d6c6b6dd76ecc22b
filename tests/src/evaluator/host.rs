//! The evaluator's own host functions: those of `vbc1` (`docs/host.md`).

use vbc::module::Kind;

use super::value::Value;
use super::{Evaluator, Stop};

/// What a program was given, and what it has written.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// Bytes that the program can read and has not read yet.
    pub stdin: Vec<u8>,
    /// Arguments, the program's name not among them.
    pub args: Vec<Vec<u8>>,
    /// Names and values.
    pub env: Vec<(Vec<u8>, Vec<u8>)>,
    /// Bytes written to standard output.
    pub stdout: Vec<u8>,
    /// Bytes written to standard error.
    pub stderr: Vec<u8>,
    /// Nanoseconds that the clocks show; a reading moves them on.
    pub clock: i64,
}

/// There is no such thing: all ones, in whatever width.
const ABSENT: u64 = u64::MAX;

impl Evaluator<'_> {
    /// Calls an imported function.
    pub(super) fn call_host(&mut self, function: u32, args: &[Value]) -> Result<Vec<Value>, Stop> {
        let module = self.module;
        let import = self.spaces.import(module, Kind::Func, function);
        let row = import.ok_or_else(|| format!("function {function} is not imported"))?;
        let from = module.strings.get(row.module);
        let name = module.strings.get(row.name);
        if from != "vbc1" {
            return Err(Stop::Fault(format!("host function {from}:{name}")));
        }
        let result = self.vbc1(name, args)?;
        let results = &self.type_of_function(function)?.results;
        Ok(match (&**results, result) {
            ([], None) => Vec::new(),
            (&[ty], Some(number)) => {
                vec![
                    Value::number(ty, number)
                        .ok_or_else(|| "a number in a reference".to_owned())?,
                ]
            }
            _ => return Err(Stop::Fault(format!("results of {name}"))),
        })
    }

    fn vbc1(&mut self, name: &str, args: &[Value]) -> Result<Option<u64>, Stop> {
        let args: Vec<u64> = args.iter().map(|arg| unsigned(*arg)).collect();
        Ok(match (name, &args[..]) {
            ("write", &[stream, address, length]) => {
                let bytes = self.memory_range(address, length)?.to_vec();
                if stream != 1 && stream != 2 {
                    return Ok(Some(1));
                }
                self.pay_moved(length)?;
                if stream == 1 {
                    self.host.stdout.extend(bytes);
                } else {
                    self.host.stderr.extend(bytes);
                }
                Some(0)
            }
            ("read", &[stream, address, length]) => {
                self.memory_range(address, length)?;
                if stream != 0 {
                    return Ok(Some(ABSENT));
                }
                let count = self.host.stdin.len().min(length as usize);
                let bytes: Vec<u8> = self.host.stdin.drain(..count).collect();
                self.memory_range(address, count as u64)?
                    .copy_from_slice(&bytes);
                self.pay_moved(count as u64)?;
                Some(count as u64)
            }
            ("arg_count", []) => Some(self.host.args.len() as u64),
            ("arg_len", &[number]) => {
                Some(self.argument(number).map_or(ABSENT, |arg| arg.len() as u64))
            }
            ("arg_get", &[number, address, room]) => {
                let value = self.argument(number);
                Some(self.give(0, value, address, room)?)
            }
            ("env_get", &[name, length, address, room]) => {
                let name = self.memory_range(name, length)?.to_vec();
                let found = self.host.env.iter().find(|(key, _)| *key == name);
                let value = found.map(|(_, value)| value.clone());
                Some(self.give(length, value, address, room)?)
            }
            ("exit", &[code]) => return Err(Stop::Exit(code as i32)),
            ("clock_wall" | "clock_mono", []) => {
                self.host.clock += 1;
                Some(self.host.clock as u64)
            }
            ("random", &[address, length]) => {
                self.memory_range(address, length)?;
                self.pay_moved(length)?;
                self.memory_range(address, length)?.fill(4);
                None
            }
            _ => return Err(Stop::Fault(format!("host function {name}"))),
        })
    }

    fn argument(&self, number: u64) -> Option<Vec<u8>> {
        let number = usize::try_from(number).ok()?;
        self.host.args.get(number).cloned()
    }

    /// Pays for the bytes that a call has moved, inside support code, too.
    fn pay_moved(&mut self, bytes: u64) -> Result<(), Stop> {
        let left = self.fuel.checked_sub(bytes / 4096);
        self.fuel = left.ok_or(Stop::OutOfFuel)?;
        Ok(())
    }

    /// Writes as much of the value as there is room for; returns the length of all of it. `moved` bytes are to be paid
    /// for besides.
    fn give(
        &mut self,
        moved: u64,
        value: Option<Vec<u8>>,
        address: u64,
        room: u64,
    ) -> Result<u64, Stop> {
        let place = self.memory_range(address, room)?;
        let Some(value) = value else {
            self.pay_moved(moved)?;
            return Ok(ABSENT);
        };
        let count = value.len().min(place.len());
        place[..count].copy_from_slice(&value[..count]);
        self.pay_moved(moved + count as u64)?;
        Ok(value.len() as u64)
    }
}

fn unsigned(value: Value) -> u64 {
    match value {
        Value::I32(x) => u64::from(x as u32),
        Value::I64(x) => x as u64,
        _ => 0,
    }
}
