//! The ELF file.

use std::collections::HashMap;

use cranelift_codegen::binemit::Reloc;
use gimli_write::write::RelocationTarget;
use object::elf::{self, RelocationType};
use object::write::{
    Object, Relocation, RelocationFlags, SectionId, Symbol, SymbolFlags, SymbolId, SymbolSection,
};
use object::{
    Architecture, BinaryFormat, Endianness, SectionFlags, SectionKind, SymbolKind, SymbolScope,
};

use super::names::CNames;
use super::sections;
use super::tables::Tables;
use super::text::Text;
use super::{dwarf, unwind};
use crate::codegen::{Arch, External, Plan, Unit};
use crate::image::{
    ABI, ABI_SYMBOL, Head, IMAGE_SYMBOL, MAGIC, NATIVES_SECTION, NATIVES_SYMBOL, Table,
};
use vbc_core::diag::codes::runtime::R0011;
use vbc_core::diag::{Diagnostic, Errors, Place};
use vbc_core::module::NameSpace;
use vbc_linker::Program;

/// The relocations of a machine.
pub(super) struct Relocations {
    pub(super) absolute64: RelocationType,
    pub(super) absolute32: RelocationType,
    pub(super) relative32: RelocationType,
    /// Of a call, which the linker may lead through a table.
    call: RelocationType,
}

impl Relocations {
    fn of(arch: Arch) -> Relocations {
        match arch {
            Arch::X86_64 => Relocations {
                absolute64: elf::R_X86_64_64,
                absolute32: elf::R_X86_64_32,
                relative32: elf::R_X86_64_PC32,
                call: elf::R_X86_64_PLT32,
            },
            Arch::Aarch64 => Relocations {
                absolute64: elf::R_AARCH64_ABS64,
                absolute32: elf::R_AARCH64_ABS32,
                relative32: elf::R_AARCH64_PREL32,
                call: elf::R_AARCH64_CALL26,
            },
            Arch::Riscv64 => Relocations {
                absolute64: elf::R_RISCV_64,
                absolute32: elf::R_RISCV_32,
                relative32: elf::R_RISCV_32_PCREL,
                call: elf::R_RISCV_CALL_PLT,
            },
        }
    }
}

/// The error that the object cannot be written, which is our mistake.
pub(super) fn failed(reason: &str) -> Errors {
    let message = format!("cannot compile to native code: {reason}");
    Diagnostic::error(&R0011, Place::Nowhere, message).into()
}

/// Puts everything together.
pub(super) fn write(
    plan: &Plan<'_>,
    program: &Program,
    names: &CNames,
    text: &Text,
    tables: &Tables,
    debug: bool,
) -> Result<Vec<u8>, Errors> {
    let arch = plan.arch().ok_or_else(|| failed("no target"))?;
    let kinds = Relocations::of(arch);
    let machine = match arch {
        Arch::X86_64 => Architecture::X86_64,
        Arch::Aarch64 => Architecture::Aarch64,
        Arch::Riscv64 => Architecture::Riscv64,
    };
    let mut object = Object::new(BinaryFormat::Elf, machine, Endianness::Little);
    if arch == Arch::Riscv64 {
        object.flags = object::FileFlags::Elf {
            os_abi: elf::ELFOSABI_NONE,
            abi_version: 0,
            e_flags: elf::FileFlags(elf::EF_RISCV_RVC.0 | elf::EF_RISCV_FLOAT_ABI_DOUBLE.0),
        };
    }
    let code = object.add_section(Vec::new(), b".text".to_vec(), SectionKind::Text);
    object.append_section_data(code, &text.bytes, text.align);
    let text_symbol = object.section_symbol(code);
    let mut writer = Writer {
        object,
        code,
        text_symbol,
        kinds,
        outside: HashMap::new(),
    };
    writer.symbols(program, names, text);
    writer.calls(names, text)?;
    writer.image(tables, text)?;
    let frames = unwind::eh_frame(plan.isa(), text)?;
    let target = |target| match target {
        RelocationTarget::Symbol(_) => Some(text_symbol),
        RelocationTarget::Section(_) => None,
    };
    let name = (".eh_frame", SectionKind::ReadOnlyData);
    sections::put(&mut writer.object, name, frames, &writer.kinds, target)?;
    if debug {
        let all = dwarf::sections(program, text)?;
        sections::put_all(&mut writer.object, all, &writer.kinds, text_symbol)?;
    }
    // Without this section linkers make the stack executable.
    let name = b".note.GNU-stack".to_vec();
    writer
        .object
        .add_section(Vec::new(), name, SectionKind::Other);
    writer
        .object
        .write()
        .map_err(|error| failed(&error.to_string()))
}

struct Writer<'o> {
    object: Object<'o>,
    code: SectionId,
    text_symbol: SymbolId,
    kinds: Relocations,
    outside: HashMap<Vec<u8>, SymbolId>,
}

impl Writer<'_> {
    fn define(&mut self, name: Vec<u8>, start: u32, size: usize, scope: SymbolScope, weak: bool) {
        self.object.add_symbol(Symbol {
            name,
            value: start.into(),
            size: size as u64,
            kind: SymbolKind::Text,
            scope,
            weak,
            section: SymbolSection::Section(self.code),
            flags: SymbolFlags::None,
        });
    }

    /// A symbol that is defined elsewhere.
    fn outside(&mut self, name: &[u8]) -> SymbolId {
        if let Some(&known) = self.outside.get(name) {
            return known;
        }
        let symbol = self.object.add_symbol(Symbol {
            name: name.to_vec(),
            value: 0,
            size: 0,
            kind: SymbolKind::Unknown,
            scope: SymbolScope::Unknown,
            weak: false,
            section: SymbolSection::Undefined,
            flags: SymbolFlags::None,
        });
        self.outside.insert(name.to_vec(), symbol);
        symbol
    }

    /// Names everything in the text.
    fn symbols(&mut self, program: &Program, names: &CNames, text: &Text) {
        let module = program.module();
        let spaces = module.spaces();
        for piece in &text.pieces {
            let (start, size) = (piece.start, piece.artifact.bytes.len());
            let own = |index| spaces.display_name(module, NameSpace::Func, index);
            let local = match &piece.unit {
                Unit::Function(index) => own(*index),
                Unit::Host(index) => format!("host {}", own(*index)),
                Unit::Adapter(index) => format!("call {}", own(*index)),
                Unit::Entry(ty) => format!("enter {ty}"),
                Unit::Export(exported) => {
                    let exports = names.exports.iter();
                    for (in_c, ..) in exports.filter(|(.., index)| index == exported) {
                        let name = in_c.clone().into_bytes();
                        self.define(name, start, size, SymbolScope::Linkage, false);
                    }
                    continue;
                }
                Unit::Main => {
                    let name = b"main".to_vec();
                    self.define(name, start, size, SymbolScope::Linkage, true);
                    continue;
                }
            };
            let name = local.replace('\0', "").into_bytes();
            self.define(name, start, size, SymbolScope::Compilation, false);
        }
    }

    /// Calls out of the text.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "Cranelift's other relocations are never asked for"
    )]
    fn calls(&mut self, names: &CNames, text: &Text) -> Result<(), Errors> {
        for place in &text.outside {
            let name = match place.symbol {
                External::Main => "vbcrt_main",
                External::Call => "vbcrt_call",
                External::Import(index) => names
                    .imports
                    .iter()
                    .find(|import| import.2 == index)
                    .map(|import| &*import.0)
                    .ok_or_else(|| failed("an import without a name"))?,
            };
            match place.kind {
                Reloc::X86CallPCRel4
                | Reloc::X86CallPLTRel4
                | Reloc::Arm64Call
                | Reloc::RiscvCallPlt => {}
                other => return Err(failed(&format!("a call of the kind {other}"))),
            }
            let symbol = self.outside(name.as_bytes());
            let r_type = self.kinds.call;
            self.relocate(self.code, place.offset, symbol, place.addend, r_type)?;
        }
        Ok(())
    }

    fn relocate(
        &mut self,
        section: SectionId,
        offset: u64,
        symbol: SymbolId,
        addend: i64,
        r_type: RelocationType,
    ) -> Result<(), Errors> {
        let relocation = Relocation {
            offset,
            symbol,
            addend,
            flags: RelocationFlags::Elf { r_type },
        };
        self.object
            .add_relocation(section, relocation)
            .map_err(|error| failed(&error.to_string()))
    }

    /// The image and its tables.
    fn image(&mut self, tables: &Tables, text: &Text) -> Result<(), Errors> {
        let rows =
            self.object
                .add_section(Vec::new(), b".rodata".to_vec(), SectionKind::ReadOnlyData);
        let name = b".data.rel.ro".to_vec();
        let head = self
            .object
            .add_section(Vec::new(), name, SectionKind::ReadOnlyDataWithRel);
        let rows_symbol = self.object.section_symbol(rows);
        let check = self.outside(ABI_SYMBOL.as_bytes());
        let mut bytes = Vec::new();
        let fields = [
            MAGIC,
            ABI,
            tables.flags,
            tables.entry,
            tables.support_from,
            0,
        ];
        fields
            .iter()
            .for_each(|field| bytes.extend_from_slice(&field.to_le_bytes()));
        let mut addresses = vec![(bytes.len(), check, 0)];
        bytes.extend_from_slice(&[0; 8]);
        assert_eq!(bytes.len(), size_of::<Head>());
        let natives = self.natives(head, tables)?;
        let head_symbol = self.object.section_symbol(head);
        for (n, (content, count)) in tables.parts.iter().enumerate() {
            let (symbol, at, count) = if n == Table::Text as usize {
                (self.text_symbol, 0, text.bytes.len() as u64)
            } else if n == Table::Natives as usize {
                (head_symbol, 0, natives)
            } else {
                let at = self.object.append_section_data(rows, content, 8);
                (rows_symbol, at, *count)
            };
            addresses.push((bytes.len(), symbol, at as i64));
            bytes.extend_from_slice(&[0; 8]);
            bytes.extend_from_slice(&count.to_le_bytes());
        }
        let start = self.object.append_section_data(head, &bytes, 8);
        for (at, symbol, addend) in addresses {
            let at = start + at as u64;
            self.relocate(head, at, symbol, addend, self.kinds.absolute64)?;
        }
        self.object.add_symbol(Symbol {
            name: IMAGE_SYMBOL.as_bytes().to_vec(),
            value: start,
            size: bytes.len() as u64,
            kind: SymbolKind::Data,
            scope: SymbolScope::Linkage,
            weak: false,
            section: SymbolSection::Section(head),
            flags: SymbolFlags::None,
        });
        Ok(())
    }

    /// Puts the addresses of native functions where `section` begins. Returns how many rows that are.
    fn natives(&mut self, section: SectionId, tables: &Tables) -> Result<u64, Errors> {
        if tables.natives.is_empty() {
            return Ok(0);
        }
        let mut names = Vec::new();
        let symbols = tables.natives.iter().map(|native| {
            let (library, symbol) = native.as_ref()?;
            for name in [library, symbol] {
                names.extend_from_slice(name.as_bytes());
                names.push(0);
            }
            Some(symbol.as_str())
        });
        let symbols: Vec<Option<&str>> =
            [Some(NATIVES_SYMBOL)].into_iter().chain(symbols).collect();
        self.object
            .append_section_data(section, &vec![0; symbols.len() * 8], 8);
        for (n, symbol) in symbols.iter().enumerate() {
            if let Some(symbol) = symbol {
                let symbol = self.outside(symbol.as_bytes());
                self.relocate(section, n as u64 * 8, symbol, 0, self.kinds.absolute64)?;
            }
        }
        let name = NATIVES_SECTION.as_bytes().to_vec();
        let section = self
            .object
            .add_section(Vec::new(), name, SectionKind::Metadata);
        self.object.append_section_data(section, &names, 1);
        self.object.section_mut(section).flags = SectionFlags::Elf {
            sh_type: elf::SHT_PROGBITS,
            sh_flags: elf::SHF_EXCLUDE,
        };
        Ok(symbols.len() as u64)
    }
}
