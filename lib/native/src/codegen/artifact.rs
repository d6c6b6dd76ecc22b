//! The result of compiling a function.

use std::fmt;

use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::ir::{ExternalName, Function};
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::isa::unwind::UnwindInfo;
use cranelift_codegen::{CompiledCode, FinalizedMachReloc, FinalizedRelocTarget};

use vbc_core::diag::counted;

use super::context::{ACCESS_CODES, first_access};
use super::effort::Effort;
use super::frame::stack_bytes;
use super::relocate::apply;
use super::translate::Notes;

/// Bytes of a line of the cache, on most processors.
const LINE: u32 = 64;

/// Functions of this many bytes or more begin at a line of the cache. How fast a loop runs may depend on where in a
/// line it lies (an interpreter's loop by a quarter); this way it depends only on its function, and no change elsewhere
/// makes it slower. Short functions, of which there are many, are not worth the room.
const LONG: usize = 256;

/// Compiled code with all that is known about it. It names other code by [`Symbol`] and is the same
/// wherever it is put.
#[derive(Clone, Debug, Default)]
pub(crate) struct Artifact {
    pub(crate) bytes: Box<[u8]>,
    /// What its address is a multiple of, at least.
    pub(crate) align: u32,
    pub(crate) relocs: Box<[Relocation]>,
    /// Offset and code of every instruction that can trap, ascending.
    pub(crate) traps: Box<[(u32, u8)]>,
    /// Return addresses of calls, ascending.
    pub(crate) call_sites: Box<[u32]>,
    /// Ranges of bytes, and the place that they come from; ascending.
    pub(crate) places: Box<[(u32, u32, u32)]>,
    /// The functions that were translated into this one, ascending by their first place.
    pub(crate) inlined: Box<[Inlined]>,
    /// The places of accesses to memory that may meet a guard page, by their numbers.
    accesses: Box<[u32]>,
    /// How to leave the frame, for objects: of the code from each offset on.
    pub(crate) unwind: Vec<(u32, UnwindInfo)>,
    /// Bytes between frame pointer and stack pointer.
    pub(crate) frame_size: u32,
    /// Bytes of the stack that it uses below its caller's frame, see [`stack_bytes`].
    pub(crate) stack: u32,
    /// Instructions of the intermediate representation.
    pub(crate) instructions: usize,
    /// How hard the compiler tried.
    pub(crate) effort: Effort,
}

/// A function that was translated into another. Places are words of code; those from `first` on,
/// up to the next such range, are words of this function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inlined {
    pub(crate) first: u32,
    pub(crate) function: u32,
    /// The place of the call.
    pub(crate) call: u32,
}

/// What a relocation refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Symbol {
    /// The function with that index.
    Function(u32),
    /// A C function; see [`External`].
    External(External),
    /// This artifact itself, at an offset.
    Own(u32),
}

/// A function that is not the program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum External {
    /// `vbcrt_main`.
    Main,
    /// `vbcrt_call`.
    Call,
    /// The C function of the import with that function index.
    Import(u32),
}

impl External {
    /// Its number in Cranelift's second name space.
    pub(super) fn index(self) -> u32 {
        match self {
            External::Main => 0,
            External::Call => 1,
            External::Import(index) => index + 2,
        }
    }

    fn of_index(index: u32) -> External {
        match index {
            0 => External::Main,
            1 => External::Call,
            more => External::Import(more - 2),
        }
    }
}

/// A place in the bytes that depends on where code lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relocation {
    pub(crate) offset: u32,
    pub(crate) kind: Reloc,
    pub(crate) symbol: Symbol,
    pub(crate) addend: i64,
}

/// A symbol of a kind that translation never uses.
#[derive(Debug)]
pub(crate) struct UnknownSymbol;

impl Artifact {
    pub(super) fn new(
        function: &Function,
        compiled: &CompiledCode,
        notes: Notes,
        instructions: usize,
        isa: &dyn TargetIsa,
    ) -> Result<Artifact, UnknownSymbol> {
        let buffer = &compiled.buffer;
        let align = match buffer.data().len() {
            LONG.. => LINE,
            _ => isa.function_alignment().preferred.max(16),
        };
        let relocs: Result<_, _> = buffer
            .relocs()
            .iter()
            .map(|reloc| relocation(function, reloc))
            .collect();
        let mut traps: Vec<(u32, u8)> = buffer
            .traps()
            .iter()
            .map(|trap| (trap.offset, trap.code.as_raw().get()))
            .collect();
        traps.sort_unstable();
        let mut call_sites: Vec<u32> = buffer.call_sites().map(|site| site.ret_addr).collect();
        call_sites.sort_unstable();
        let frame_size = buffer
            .frame_layout()
            .map_or(0, |layout| layout.frame_to_fp_offset);
        Ok(Artifact {
            bytes: buffer.data().into(),
            align: buffer.alignment.max(align),
            relocs: relocs?,
            traps: traps.into(),
            call_sites: call_sites.into(),
            places: buffer
                .get_srclocs_sorted()
                .iter()
                .filter(|range| !range.loc.is_default())
                .map(|range| (range.start, range.end, range.loc.bits()))
                .collect(),
            inlined: notes.inlined.into(),
            accesses: notes.accesses.into(),
            unwind: Vec::new(),
            frame_size,
            stack: stack_bytes(function, frame_size),
            effort: Effort::Full,
            instructions,
        })
    }

    /// Function `index`, preceded by code that checks the stack for it and continues in it. Nothing when that does not
    /// reach it.
    pub(super) fn behind_check(check: Artifact, body: Artifact, index: u32) -> Option<Artifact> {
        let align = check.align.max(body.align);
        let start = (check.bytes.len() as u32).next_multiple_of(body.align);
        let mut bytes = check.bytes.into_vec();
        bytes.resize(start as usize, 0);
        bytes.extend_from_slice(&body.bytes);
        let mut relocs = Vec::with_capacity(check.relocs.len() + body.relocs.len());
        for reloc in check.relocs {
            if reloc.symbol == Symbol::Function(index) {
                let place = bytes.get_mut(reloc.offset as usize..)?;
                let target = i64::from(start) + reloc.addend;
                apply(reloc.kind, place, target, i64::from(reloc.offset))?;
            } else {
                relocs.push(reloc);
            }
        }
        relocs.extend(body.relocs.into_iter().map(|reloc| Relocation {
            offset: reloc.offset + start,
            symbol: match reloc.symbol {
                Symbol::Own(at) => Symbol::Own(at + start),
                other @ (Symbol::Function(_) | Symbol::External(_)) => other,
            },
            ..reloc
        }));
        let traps = body.traps.iter().map(|&(at, code)| (at + start, code));
        let call_sites = body.call_sites.iter().map(|&at| at + start);
        let places = body.places.iter();
        let places = places.map(|&(from, to, place)| (from + start, to + start, place));
        let unwind = body.unwind.into_iter().map(|(at, info)| (at + start, info));
        Some(Artifact {
            bytes: bytes.into(),
            align,
            relocs: relocs.into(),
            traps: check.traps.iter().copied().chain(traps).collect(),
            call_sites: check.call_sites.iter().copied().chain(call_sites).collect(),
            places: places.collect(),
            unwind: check.unwind.into_iter().chain(unwind).collect(),
            inlined: body.inlined,
            accesses: body.accesses,
            frame_size: body.frame_size,
            stack: body.stack,
            instructions: check.instructions + body.instructions,
            effort: body.effort,
        })
    }

    /// The place that the byte at `offset` comes from.
    pub(crate) fn place_at(&self, offset: u32) -> Option<u32> {
        let at = self.places.partition_point(|&(start, ..)| start <= offset);
        let &(_, end, place) = self.places.get(at.checked_sub(1)?)?;
        (offset < end).then_some(place)
    }

    /// The place of the access to memory by the instruction at `offset`, which met a guard page. The
    /// code's own place may be that of a later instruction, or none.
    pub(crate) fn access_at(&self, offset: u32) -> Option<u32> {
        let at = self.traps.binary_search_by_key(&offset, |&(at, _)| at);
        let first = first_access(self.traps[at.ok()?].1)?;
        let behind = self.places.partition_point(|&(start, ..)| start <= offset);
        let near = self.places[..behind].last().map_or(0, |&(.., place)| place);
        // Those that share a code are far from each other.
        let same = self.accesses.iter().skip(first).step_by(ACCESS_CODES);
        same.copied().min_by_key(|place| place.abs_diff(near))
    }

    /// The instruction at a place of function `own`: function and word, and the place of the call
    /// when it was translated into another one.
    pub(crate) fn place(&self, own: u32, place: u32) -> (u32, u32, Option<u32>) {
        let at = self.inlined.partition_point(|range| range.first <= place);
        match at.checked_sub(1).and_then(|at| self.inlined.get(at)) {
            Some(range) => (range.function, place - range.first, Some(range.call)),
            None => (own, place, None),
        }
    }
}

impl fmt::Display for Artifact {
    /// A summary in a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bytes, frame) = (self.bytes.len(), self.frame_size);
        let (calls, traps) = (self.call_sites.len(), self.traps.len());
        write!(
            f,
            "{}, frame of {frame}, {}, {}",
            counted(bytes as u64, "byte"),
            counted(calls as u64, "call"),
            counted(traps as u64, "trap")
        )
    }
}

fn relocation(
    function: &Function,
    reloc: &FinalizedMachReloc,
) -> Result<Relocation, UnknownSymbol> {
    let symbol = match &reloc.target {
        FinalizedRelocTarget::Func(offset) => Symbol::Own(*offset),
        FinalizedRelocTarget::ExternalName(ExternalName::User(name)) => {
            let name = &function.params.user_named_funcs()[*name];
            match name.namespace {
                0 => Symbol::Function(name.index),
                _ => Symbol::External(External::of_index(name.index)),
            }
        }
        FinalizedRelocTarget::ExternalName(_) => return Err(UnknownSymbol),
    };
    Ok(Relocation {
        offset: reloc.offset,
        kind: reloc.kind,
        symbol,
        addend: reloc.addend,
    })
}
