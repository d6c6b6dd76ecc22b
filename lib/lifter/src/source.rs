//! A WebAssembly module taken apart: sections found and validated, function bodies outlined.

use std::ops::Range;

use wasmparser::{
    BinaryReader, CustomSectionReader, DataSectionReader, ElementSectionReader, Error,
    ExportSectionReader, FuncToValidate, FunctionBody, GlobalSectionReader, ImportSectionReader,
    MemorySectionReader, Parser, Payload, TableSectionReader, TypeSectionReader, ValidPayload,
    Validator, ValidatorResources, WasmFeatures,
};

/// What function bodies may use.
pub(super) const SUPPORTED: WasmFeatures = WasmFeatures::WASM2
    .difference(WasmFeatures::SIMD)
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::MEMORY64);

/// What the other sections may use. Tables with a first value belong to this proposal, everything
/// else of which is refused by its types.
pub(super) const SECTIONS: WasmFeatures = SUPPORTED.union(WasmFeatures::FUNCTION_REFERENCES);

/// A function whose body is still to be validated.
pub(super) type Body<'a> = (FuncToValidate<ValidatorResources>, FunctionBody<'a>);

/// The sections of a module, all of them valid except for the function bodies.
#[derive(Default)]
pub(super) struct Source<'a> {
    pub types: Option<TypeSectionReader<'a>>,
    pub imports: Option<ImportSectionReader<'a>>,
    pub tables: Option<TableSectionReader<'a>>,
    pub memories: Option<MemorySectionReader<'a>>,
    pub globals: Option<GlobalSectionReader<'a>>,
    pub exports: Option<ExportSectionReader<'a>>,
    pub start: Option<u32>,
    pub elements: Option<ElementSectionReader<'a>>,
    /// Bodies may use data segments.
    pub data_count: bool,
    pub data: Option<DataSectionReader<'a>>,
    /// Where the contents of the code section lie; DWARF counts from their beginning.
    pub code: Range<u64>,
    pub bodies: Vec<Body<'a>>,
    pub names: Option<BinaryReader<'a>>,
    pub debug: Vec<(&'a str, &'a [u8])>,
}

/// Why the sections are not those of a finished module.
pub(super) enum Unread {
    /// The sections are not valid, or use what is not supported.
    Invalid(Error),
    /// A section that only objects have, and where it lies.
    Object(String, u64),
}

impl From<Error> for Unread {
    fn from(error: Error) -> Self {
        Unread::Invalid(error)
    }
}

impl<'a> Source<'a> {
    /// Reads and validates everything but the function bodies.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Source<'a>, Unread> {
        let mut source = Source::default();
        let mut validator = Validator::new_with_features(SECTIONS);
        let mut parser = Parser::new(0);
        parser.set_features(SECTIONS);
        for payload in parser.parse_all(bytes) {
            let payload = payload?;
            if let ValidPayload::Func(function, body) = validator.payload(&payload)? {
                let function = FuncToValidate {
                    features: SUPPORTED,
                    ..function
                };
                source.bodies.push((function, body));
            }
            source.take(payload)?;
        }
        Ok(source)
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "other sections are looked at elsewhere, or not at all"
    )]
    fn take(&mut self, payload: Payload<'a>) -> Result<(), Unread> {
        match payload {
            Payload::TypeSection(reader) => self.types = Some(reader),
            Payload::ImportSection(reader) => self.imports = Some(reader),
            Payload::TableSection(reader) => self.tables = Some(reader),
            Payload::MemorySection(reader) => self.memories = Some(reader),
            Payload::GlobalSection(reader) => self.globals = Some(reader),
            Payload::ExportSection(reader) => self.exports = Some(reader),
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(reader) => self.elements = Some(reader),
            Payload::DataCountSection { .. } => self.data_count = true,
            Payload::DataSection(reader) => self.data = Some(reader),
            Payload::CodeSectionStart {
                unchecked_range,
                count,
                ..
            } => {
                self.code = unchecked_range;
                // The count is not more than there are bytes, as the function section has it too.
                self.bodies.reserve(count as usize);
            }
            Payload::CustomSection(section) => return self.custom(&section),
            _ => {}
        }
        Ok(())
    }

    fn custom(&mut self, section: &CustomSectionReader<'a>) -> Result<(), Unread> {
        let name = section.name();
        if name == "linking" || name.starts_with("reloc.") {
            return Err(Unread::Object(name.to_owned(), section.range().start));
        }
        if name == "name" {
            self.names = Some(section.data_reader());
        } else if name.starts_with(".debug_") {
            self.debug.push((name, section.data()));
        }
        Ok(())
    }
}
