//! From a finished module to a program that an engine can run.

#![allow(
    unsafe_code,
    reason = "it has a function for those who vouch for a program"
)]

use std::sync::Arc;

use vbc_core::diag::codes::runtime::R0015;
use vbc_core::diag::{Diagnostic, Errors, Place};
use vbc_core::isa::Trap;
use vbc_core::module::support::{self, Routine};
use vbc_core::module::{AddressRow, DataKind, Kind, Module, NONE};
use vbc_core::verify::Verified;

use super::clock::Clock;
use super::image::{image, keep_needed};
use super::layout::lay_out;
use super::object::Object;
use super::options::Options;
use super::{Job, Undefined, combine, weak};

/// A module with the support code that it needs, laid out in memory.
///
/// Function, table, global, data and type indexes are those of [`Program::module`]; they differ from the
/// file's, in which the support routines are undefined symbols.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    // What engines rely on without checking; only `load` makes it.
    module: Module,
    support_from: u32,
    data_addresses: Vec<u64>,
    support_data_from: u32,
    canonical_types: Box<[u32]>,
    /// For each support function, the routine that it is; none for the routines' own functions.
    routines: Vec<Option<&'static Routine>>,
}

impl Program {
    /// A program from what is known of one that was loaded before; it is not checked.
    ///
    /// # Safety
    ///
    /// The parts are those of a program, which engines run without looking at it again.
    #[doc(hidden)]
    pub unsafe fn from_parts(
        module: Module,
        support_from: u32,
        data_addresses: Vec<u64>,
    ) -> Program {
        let support_data_from = module.data.len() as u32;
        Program {
            canonical_types: module.types.identities().firsts().into(),
            module,
            support_from,
            data_addresses,
            support_data_from,
            routines: Vec::new(),
        }
    }

    /// That the program has no managed objects, for those who cannot run or compile them.
    ///
    /// # Errors
    ///
    /// R0015 when it has.
    pub fn without_managed(&self) -> Result<(), Errors> {
        if !self.module.is_managed() {
            return Ok(());
        }
        let message =
            "the module has types of managed objects, which only the interpreter runs so far";
        Err(Diagnostic::error(&R0015, Place::Nowhere, message)
            .with_help("run it with vbc-run")
            .into())
    }

    /// The module. It has no undefined symbols, and a memory if its data or support code need one; the
    /// memory's minimum has room for all placed data rows.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// By type index, the index of the first type that is the same.
    pub fn canonical_types(&self) -> &[u32] {
        &self.canonical_types
    }

    /// Function indexes from this one on are support code.
    pub fn support_from(&self) -> u32 {
        self.support_from
    }

    /// The address of each data index; 0 for passive rows and weak symbols that nothing defines.
    pub fn data_addresses(&self) -> &[u64] {
        &self.data_addresses
    }

    /// Data indexes from this one on are support code's, and their contents are unspecified.
    pub fn support_data_from(&self) -> u32 {
        self.support_data_from
    }

    /// The support routine that a function is; none for the program's functions and for those
    /// that only support code calls.
    pub fn routine(&self, function: u32) -> Option<&'static Routine> {
        let at = function.checked_sub(self.support_from)?;
        self.routines.get(at as usize).copied().flatten()
    }

    /// The address of defined data row number `defined`.
    #[doc(hidden)]
    pub fn address_of_data(&self, defined: usize) -> u64 {
        let address = self.data_addresses.get(self.imported_data() + defined);
        address.copied().unwrap_or(0)
    }

    /// Writes the placed and fixed data rows with the static addresses in them into `memory`, which is zero
    /// and has at least its minimum size.
    ///
    /// # Errors
    ///
    /// A fixed row outside the memory traps; the rows before it have been written.
    pub fn write_data(&self, memory: &mut [u8]) -> Result<(), Trap> {
        let length = memory.len() as u64;
        (0..self.module.data.len()).try_for_each(|defined| {
            self.write_row(defined, length, |at, bytes| {
                let at = at as usize;
                memory[at..at + bytes.len()].copy_from_slice(bytes);
            })
        })
    }

    /// Writes one row, by its number among the defined ones, unless it is passive. `write` is given addresses in a
    /// memory of `length` bytes, and what belongs there.
    #[doc(hidden)]
    pub fn write_row(
        &self,
        defined: usize,
        length: u64,
        mut write: impl FnMut(u64, &[u8]),
    ) -> Result<(), Trap> {
        let row = &self.module.data[defined];
        if row.kind() == Some(DataKind::Passive) {
            return Ok(());
        }
        let start = self.address_of_data(defined);
        let end = start.checked_add(row.size).filter(|&end| end <= length);
        end.ok_or(Trap::MemoryOutOfBounds)?;
        write(start, self.module.data_content(defined));
        let width = self.module.address_type().address_bytes();
        for (offset, value) in self.address_values(self.addresses_in(defined)) {
            if offset + width as u64 <= row.size {
                write(start + offset, &value[..width]);
            }
        }
        Ok(())
    }

    /// The bytes of defined data row number `defined`, with the static addresses in it, without trailing
    /// zeros.
    #[doc(hidden)]
    pub fn data_with_addresses(&self, defined: usize) -> std::borrow::Cow<'_, [u8]> {
        use std::borrow::Cow;
        let content = self.module.data_content(defined);
        let addresses = self.addresses_in(defined);
        let Some(last) = addresses.last() else {
            return Cow::Borrowed(content);
        };
        let end = last.offset as usize + self.module.address_type().address_bytes();
        let mut bytes = content.to_vec();
        bytes.resize(bytes.len().max(end), 0);
        self.put_addresses(addresses, &mut bytes);
        Cow::Owned(bytes)
    }

    /// The data index of the first defined row.
    fn imported_data(&self) -> usize {
        self.data_addresses.len() - self.module.data.len()
    }

    /// The static addresses in a defined data row.
    fn addresses_in(&self, defined: usize) -> &[AddressRow] {
        let addresses = &self.module.addresses;
        let index = (self.imported_data() + defined) as u32;
        let start = addresses.partition_point(|place| place.data < index);
        let end = addresses.partition_point(|place| place.data <= index);
        &addresses[start..end]
    }

    /// Writes static addresses into the bytes of their row.
    fn put_addresses(&self, addresses: &[AddressRow], row: &mut [u8]) {
        let width = self.module.address_type().address_bytes();
        for (offset, value) in self.address_values(addresses) {
            let at = row.get_mut(offset as usize..);
            if let Some(at) = at.and_then(|at| at.get_mut(..width)) {
                at.copy_from_slice(&value[..width]);
            }
        }
    }

    /// Where in their row static addresses lie, and their bytes, of which those that the width of addresses has count.
    fn address_values(&self, addresses: &[AddressRow]) -> impl Iterator<Item = (u64, [u8; 8])> {
        addresses.iter().map(|place| {
            let target = self.data_addresses.get(place.target as usize);
            let value = target.map_or(0, |target| target.wrapping_add_signed(place.addend));
            (place.offset, value.to_le_bytes())
        })
    }
}

/// Makes a module, called `name` in messages, ready to run.
///
/// Support routines are added as far as they are needed, data rows get their addresses, and weak
/// symbols that nothing defines get the meaning that `docs/link.md` gives them.
///
/// # Errors
///
/// L0002 when symbols are undefined, L0009 when the data do not fit the memory.
pub fn load(name: &str, module: Verified) -> Result<Program, Errors> {
    let module = module.into_inner();
    let name: Arc<str> = Arc::from(name);
    let place = Place::File(name.clone());
    let undefined = module.imports.iter().any(|row| row.module == NONE);
    let Supported {
        mut module,
        support_data,
        support_from,
        absent,
    } = match undefined {
        true => add_support(&name, module)?,
        false => {
            let spaces = module.spaces();
            Supported {
                module,
                support_data: spaces.count(Kind::Data),
                support_from: spaces.count(Kind::Func),
                absent: Vec::new(),
            }
        }
    };
    let canonical_types = match undefined {
        // Linking with support code has joined types that are the same.
        true => (0..module.types.len() as u32).collect(),
        false => module.types.identities().firsts().into(),
    };
    let mut data_addresses = lay_out(&mut module, support_data, support_from, &place)
        .map_err(|error| Errors(vec![*error]))?;
    for data in absent {
        data_addresses[data as usize] = 0;
    }
    let routines = (support_from..module.spaces().count(Kind::Func))
        .map(|function| {
            let symbol = module.symbol(Kind::Func, function)?;
            support::routine(module.strings.get(symbol.name))
        })
        .collect();
    Ok(Program {
        module,
        support_from,
        data_addresses,
        support_data_from: support_data,
        canonical_types,
        routines,
    })
}

/// A module with what its undefined symbols mean.
struct Supported {
    module: Module,
    /// The data and the function index from which on rows are support code's.
    support_data: u32,
    support_from: u32,
    /// The data indexes of absent weak symbols.
    absent: Vec<u32>,
}

fn add_support(name: &Arc<str>, module: Module) -> Result<Supported, Errors> {
    let stubs = weak::stubs(&module);
    let wanted: Vec<&str> = module
        .imports
        .iter()
        .filter(|row| row.module == NONE)
        .map(|row| module.strings.get(row.name))
        .filter(|name| name.starts_with(support::PREFIX))
        .collect();

    let mut objects = vec![Object::new(name.clone(), &module)];
    if let Some(stubs) = &stubs {
        objects.push(Object::new(name.clone(), stubs));
    }
    let own = objects.len();
    if !wanted.is_empty() {
        let mut support = Object::new(Arc::from("<support>"), image(module.address_type()));
        support.is_support = true;
        keep_needed(&mut support, wanted.into_iter());
        objects.push(support);
    }
    let job = Job {
        options: &Options::default(),
        undefined: Undefined::None,
        gc: false,
        trim: false,
    };
    let mut combined = combine(&mut objects, &job, &mut Clock::default())?.module;

    let kept = |kind: Kind| -> u32 {
        let objects = objects[..own].iter();
        objects.map(|object| object.defined(kind) as u32).sum()
    };
    let spaces = combined.spaces();
    let support_data = spaces.imported(Kind::Data) + kept(Kind::Data);
    let support_from = spaces.imported(Kind::Func) + kept(Kind::Func);
    let absent = match &stubs {
        None => Vec::new(),
        Some(stubs) => {
            let functions = support_from - stubs.functions.len() as u32..support_from;
            weak::make_null(&mut combined, functions);
            (support_data - stubs.data.len() as u32..support_data).collect()
        }
    };
    combined.producer.clone_from(&module.producer);
    combined.unknown.clone_from(&module.unknown);
    Ok(Supported {
        module: combined,
        support_data,
        support_from,
        absent,
    })
}
