//! Types, and their definitions.

use super::super::lexer::TokenKind;
use super::super::tree::{Field, Storage, Type, TypeBody, WrittenType};
use super::{Parsed, Parser, Skip};
use crate::diag::codes::text::*;
use crate::isa::{HeapType, RefType, ValType};

/// The words for types that are not WebAssembly's.
const SYNONYMS: &[(&str, WrittenType)] = &[
    ("int", WrittenType::Is(ValType::I64)),
    ("float", WrittenType::Is(ValType::F64)),
    ("bool", WrittenType::Is(ValType::I32)),
    ("addr", WrittenType::Addr),
];

/// The type that a word names.
pub fn type_word(word: &str) -> Option<WrittenType> {
    let found = SYNONYMS.iter().find(|(name, _)| *name == word);
    let named = || ValType::named(word).map(WrittenType::Is);
    found.map(|(_, ty)| *ty).or_else(named)
}

/// The words that error messages offer.
const OFFERED: &[&str] = &[
    "i64",
    "i32",
    "f64",
    "f32",
    "funcref",
    "externref",
    "int",
    "float",
    "bool",
    "addr",
    "anyref",
    "eqref",
    "i31ref",
    "structref",
    "arrayref",
    "exnref",
    "ref",
];

impl Parser<'_> {
    /// A type, `addr` included.
    pub(super) fn val_type(&mut self) -> Parsed<WrittenType> {
        let span = self.token.span;
        if self.token.kind != TokenKind::Word {
            return self.unexpected("a type");
        }
        let word = self.word();
        self.advance();
        if word == "ref" {
            return self.heap_type();
        }
        match type_word(word) {
            Some(ty) => Ok(ty),
            None => {
                let help = self.report.suggest.help(word, OFFERED.iter().copied());
                let help = help.unwrap_or_else(|| format!("types are {}", OFFERED.join(", ")));
                let word: String = word.chars().take(60).collect();
                self.report
                    .error(&A0011, span, format!("`{word}` is not a type"))
                    .help(help);
                Err(Skip)
            }
        }
    }

    /// What follows `ref`: `[null] any`, `[null] NAME`.
    fn heap_type(&mut self) -> Parsed<WrittenType> {
        let nullable = self.eat_word("null");
        let heap = match self.token.kind {
            TokenKind::Word => HeapType::named(self.word()),
            _ => None,
        };
        match heap {
            Some(heap) => {
                self.advance();
                Ok(ValType::Ref(RefType::new(nullable, heap)).into())
            }
            None => Ok(WrittenType::Ref(nullable, self.name("a type's name")?)),
        }
    }

    /// A type that cannot be `addr`.
    pub(super) fn plain_type(&mut self, what: &str, fits: fn(ValType) -> bool) -> Parsed<ValType> {
        let span = self.token.span;
        match self.val_type()? {
            WrittenType::Is(ty) if fits(ty) => Ok(ty),
            WrittenType::Is(_) | WrittenType::Addr | WrittenType::Ref(..) => {
                self.report.error(&A0011, span, format!("expected {what}"));
                Err(Skip)
            }
        }
    }

    /// What tables and element segments hold.
    pub(super) fn reference_type(&mut self) -> Parsed<WrittenType> {
        let span = self.token.span;
        match self.val_type()? {
            ty @ WrittenType::Ref(..) => Ok(ty),
            ty @ WrittenType::Is(ValType::Ref(_)) => Ok(ty),
            WrittenType::Is(_) | WrittenType::Addr => {
                let message = "expected a reference type";
                self.report.error(&A0011, span, message);
                Err(Skip)
            }
        }
    }

    /// `NAME[: SUPER] [final] BODY`.
    pub(super) fn type_definition(&mut self) -> Parsed<Type> {
        let name = self.name("the type's name")?;
        let supertype = self.type_name()?;
        let is_final = self.eat_word("final");
        let body = match self.word() {
            "func" => {
                self.advance();
                TypeBody::Func(self.signature()?)
            }
            "struct" => {
                self.advance();
                TypeBody::Struct(self.fields()?)
            }
            "array" => {
                self.advance();
                TypeBody::Array(self.field()?)
            }
            _ if supertype.is_none() && !is_final && self.token.kind == TokenKind::Open => {
                TypeBody::Signature(self.signature()?)
            }
            _ => return self.unexpected("`struct`, `array` or `func`"),
        };
        Ok(Type {
            name,
            supertype,
            is_final,
            body,
        })
    }

    /// `([NAME:] [mut] TYPE, ...)`.
    fn fields(&mut self) -> Parsed<Vec<Field>> {
        self.expect(TokenKind::Open)?;
        let mut fields = Vec::new();
        while self.token.kind != TokenKind::Close {
            let mut ahead = self.lexer.clone();
            let named = match ahead.token().kind {
                TokenKind::Index => ahead.token().kind == TokenKind::Colon,
                next => next == TokenKind::Colon,
            };
            let name = match named {
                true => Some(self.name("a field's name")?),
                false => None,
            };
            if named {
                self.expect(TokenKind::Colon)?;
            }
            fields.push(Field {
                name,
                ..self.field()?
            });
            if !self.eat_comma() {
                break;
            }
        }
        self.expect(TokenKind::Close)?;
        Ok(fields)
    }

    /// `[mut] TYPE`, where `i8` and `i16` may appear too.
    fn field(&mut self) -> Parsed<Field> {
        let is_mutable = self.eat_word("mut");
        let packed = match self.word() {
            "i8" => Some(Storage::I8),
            "i16" => Some(Storage::I16),
            _ => None,
        };
        let storage = match packed {
            Some(packed) => {
                self.advance();
                packed
            }
            None => {
                let span = self.token.span;
                let mut ty = self.val_type()?;
                if matches!(ty, WrittenType::Is(ValType::Ptr)) {
                    let message = "a field cannot have type ptr";
                    self.report.error(&A0011, span, message);
                    // The verifier does not need to find what has been found here.
                    ty = ValType::I64.into();
                }
                Storage::Value(ty)
            }
        };
        Ok(Field {
            name: None,
            is_mutable,
            storage,
        })
    }
}
