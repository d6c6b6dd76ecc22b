//! Why a module is not lifted: malformed, invalid, or valid but beyond what VITBC has.

use std::sync::Arc;

use wasmparser::{
    Error, ExternalKind, FromReader, FunctionBody, Operator, Parser, Payload, SectionLimited,
    Validator, WasmFeatures,
};

use super::names;
use super::source::SECTIONS;
use vbc_core::diag::codes::lift::{W0002, W0003, W0004};
use vbc_core::diag::{BinaryPlace, Code, Diagnostic, Place};

/// What our own `vbc-wasm` uses, too, unless it is told not to.
const SEVERAL_MEMORIES: &str = "several memories";

/// Proposals that are not supported, by the names that people know them by.
const PROPOSALS: &[(WasmFeatures, &str)] = &[
    (WasmFeatures::SIMD, "SIMD"),
    (WasmFeatures::RELAXED_SIMD, "relaxed SIMD"),
    (WasmFeatures::THREADS, "threads"),
    (
        WasmFeatures::SHARED_EVERYTHING_THREADS,
        "shared-everything threads",
    ),
    (
        WasmFeatures::ACQUIRE_RELEASE_ATOMICS,
        "acquire-release atomics",
    ),
    (WasmFeatures::MULTI_MEMORY, SEVERAL_MEMORIES),
    (WasmFeatures::CUSTOM_PAGE_SIZES, "custom page sizes"),
    (WasmFeatures::MEMORY_CONTROL, "memory control"),
    (WasmFeatures::EXCEPTIONS, "exception handling"),
    (
        WasmFeatures::LEGACY_EXCEPTIONS,
        "exception handling in its old form",
    ),
    (
        WasmFeatures::FUNCTION_REFERENCES,
        "typed function references",
    ),
    (WasmFeatures::GC, "garbage collection"),
    (WasmFeatures::CUSTOM_DESCRIPTORS, "custom descriptors"),
    (
        WasmFeatures::MULTIBYTE_ARRAY_ACCESS,
        "multibyte array access",
    ),
    (WasmFeatures::STACK_SWITCHING, "stack switching"),
    (WasmFeatures::WIDE_ARITHMETIC, "wide arithmetic"),
    (
        WasmFeatures::COMPACT_IMPORTS,
        "the compact form of the import section",
    ),
];

/// How a module is made without a proposal.
fn without(feature: &str) -> Option<String> {
    let flag = match feature {
        "SIMD" => "simd128",
        "relaxed SIMD" => "relaxed-simd",
        "threads" => "atomics",
        SEVERAL_MEMORIES => {
            return Some(
                "if `vbc-wasm` made this module, make it with `vbc-wasm --single-memory`"
                    .to_owned(),
            );
        }
        "exception handling" | "exception handling in its old form" => {
            return Some(
                "compile with `-fno-exceptions` (clang, without -fwasm-exceptions) or `-C panic=abort` (Rust)"
                    .to_owned(),
            );
        }
        "wide arithmetic" => "wide-arithmetic",
        _ => return None,
    };
    Some(format!(
        "compile with `-mno-{flag}` (clang) or `-C target-feature=-{flag}` (Rust)"
    ))
}

/// Tells why modules of one file are refused.
pub(super) struct Diagnoser<'a> {
    pub(super) file: Arc<str>,
    pub(super) bytes: &'a [u8],
}

impl<'a> Diagnoser<'a> {
    /// A diagnostic at an offset, with the function around it.
    pub(super) fn at(&self, code: &'static Code, offset: u64, message: String) -> Diagnostic {
        let place = BinaryPlace {
            file: self.file.clone(),
            offset: Some(offset),
            function: self.function(offset).map(|(index, _)| self.name(index)),
            ..BinaryPlace::default()
        };
        Diagnostic::error(code, Place::Binary(Box::new(place)), message)
    }

    /// What to report about an error that reading with the supported features produced.
    pub(super) fn explain(&self, error: &Error) -> Diagnostic {
        match self.validate(WasmFeatures::all()) {
            Err(error) => self.invalid(&error),
            Ok(()) => {
                let feature = self.feature(error);
                self.unsupported(feature.unwrap_or(error.message()), error.offset())
            }
        }
    }

    /// What to report when only this is known: it does not validate with the supported features.
    pub(super) fn explain_types(&self) -> Diagnostic {
        let supported = SECTIONS.difference(WasmFeatures::FUNCTION_REFERENCES);
        match self.validate(supported) {
            Err(error) => self.explain(&error),
            Ok(()) => self.unsupported("a type", 0),
        }
    }

    /// A valid module that uses something unsupported.
    pub(super) fn unsupported(&self, feature: &str, offset: u64) -> Diagnostic {
        let operator = self.operator(offset);
        let operator = operator.map_or(String::new(), |name| format!(" ({name})"));
        let message = format!("not supported: {feature}{operator}");
        let error = self.at(&W0004, offset, message);
        match without(feature) {
            Some(help) => error.with_help(help),
            None => error,
        }
    }

    fn invalid(&self, error: &Error) -> Diagnostic {
        let code = if self.is_well_formed() {
            &W0003
        } else {
            &W0002
        };
        let words: Vec<&str> = error.message().split_whitespace().collect();
        self.at(code, error.offset(), words.join(" "))
    }

    fn validate(&self, features: WasmFeatures) -> Result<(), Error> {
        let mut validator = Validator::new_with_features(features);
        validator.validate_all(self.bytes).map(|_| ())
    }

    /// The first proposal that takes reading beyond the error.
    fn feature(&self, error: &Error) -> Option<&'static str> {
        if let Some(missing) = error.missing_wasm_feature() {
            let named = PROPOSALS.iter().find(|row| row.0.intersects(missing));
            if let Some(row) = named {
                return Some(row.1);
            }
        }
        let helps = |features: WasmFeatures| match self.validate(SECTIONS.union(features)) {
            Ok(()) => true,
            Err(other) => other.offset() > error.offset(),
        };
        PROPOSALS.iter().find(|row| helps(row.0)).map(|row| row.1)
    }

    fn payloads(&self) -> impl Iterator<Item = Payload<'a>> {
        let mut parser = Parser::new(0);
        parser.set_features(WasmFeatures::all());
        parser.parse_all(self.bytes).map_while(Result::ok)
    }

    /// The index and body of the function around an offset.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "other sections have no functions"
    )]
    fn function(&self, offset: u64) -> Option<(u32, FunctionBody<'a>)> {
        let mut index = 0;
        for payload in self.payloads() {
            match payload {
                Payload::ImportSection(reader) => {
                    for import in reader.into_imports() {
                        let ty = import.ok()?.ty;
                        index += u32::from(matches!(ty, wasmparser::TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    if body.range().contains(&offset) {
                        return Some((index, body));
                    }
                    index += 1;
                }
                _ => {}
            }
        }
        None
    }

    /// What a function is called: by the name section, by an export, or `#index`.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "other sections need no name of their own"
    )]
    pub(super) fn name(&self, index: u32) -> String {
        let mut exported = None;
        for payload in self.payloads() {
            match payload {
                Payload::CustomSection(section) if section.name() == "name" => {
                    if let Some(name) = names::of_function(section.data_reader(), index) {
                        return name;
                    }
                }
                Payload::ExportSection(reader) => {
                    exported = reader
                        .into_iter()
                        .map_while(Result::ok)
                        .find(|export| export.kind == ExternalKind::Func && export.index == index)
                        .map(|export| export.name);
                }
                _ => {}
            }
        }
        exported.map_or(format!("#{index}"), str::to_owned)
    }

    /// The mnemonic of the instruction at an offset.
    fn operator(&self, offset: u64) -> Option<String> {
        let (_, body) = self.function(offset)?;
        let mut reader = body.get_operators_reader().ok()?;
        if offset < reader.original_position() {
            return None;
        }
        loop {
            let operator = reader.read().ok()?;
            if reader.original_position() > offset {
                return Some(mnemonic(&operator));
            }
        }
    }

    /// Whether the bytes can be read to their end, valid or not.
    fn is_well_formed(&self) -> bool {
        let mut parser = Parser::new(0);
        parser.set_features(WasmFeatures::all());
        parser.parse_all(self.bytes).all(|payload| match payload {
            Ok(Payload::TypeSection(reader)) => is_read(reader),
            Ok(Payload::ImportSection(reader)) => is_read(reader),
            Ok(Payload::FunctionSection(reader)) => is_read(reader),
            Ok(Payload::TableSection(reader)) => is_read(reader),
            Ok(Payload::MemorySection(reader)) => is_read(reader),
            Ok(Payload::TagSection(reader)) => is_read(reader),
            Ok(Payload::GlobalSection(reader)) => is_read(reader),
            Ok(Payload::ExportSection(reader)) => is_read(reader),
            Ok(Payload::ElementSection(reader)) => is_read(reader),
            Ok(Payload::DataSection(reader)) => is_read(reader),
            Ok(Payload::CodeSectionEntry(body)) => body
                .get_operators_reader()
                .is_ok_and(|operators| operators.into_iter().all(|operator| operator.is_ok())),
            Ok(Payload::UnknownSection { .. }) | Err(_) => false,
            Ok(_) => true,
        })
    }
}

fn is_read<'a, T: FromReader<'a>>(reader: SectionLimited<'a, T>) -> bool {
    reader.into_iter().all(|row| row.is_ok())
}

macro_rules! visitor_names {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($arity:tt)*))*) => {
        /// The name of the method that visits an operator, which is its mnemonic with `_` for `.`.
        fn visitor_name(operator: &Operator<'_>) -> &'static str {
            match operator {
                $(Operator::$op { .. } => stringify!($visit),)*
                _ => "",
            }
        }
    };
}

wasmparser::for_each_operator!(visitor_names);

/// The mnemonic of the text form.
pub(super) fn mnemonic(operator: &Operator<'_>) -> String {
    /// What is before a point.
    const SUBJECTS: &[&str] = &[
        "i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2", "v128", "i32", "i64", "f32", "f64",
        "memory", "table", "ref", "struct", "array", "any", "extern", "i31", "data", "elem",
        "global", "local", "atomic",
    ];
    let name = visitor_name(operator);
    let name = name.strip_prefix("visit_").unwrap_or(name);
    let name = match name.split_once('_') {
        Some((subject, rest)) if SUBJECTS.contains(&subject) => format!("{subject}.{rest}"),
        _ => name.to_owned(),
    };
    name.replace(".atomic_", ".atomic.")
}
