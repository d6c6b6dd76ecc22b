//! Directives outside functions.

use super::super::interner::Sym;
use super::super::lexer::TokenKind;
use super::super::tree::{
    Attribute, DebugMode, Elem, ElemPlace, Global, GlobalInit, Import, ImportType, Item,
    ModuleLine, Name, Operand, OperandKind, Size, Tag, WrittenType,
};
use super::{Parsed, Parser, Skip, Span};
use crate::diag::codes::text::*;
use crate::isa::ValType;
use crate::module::Kind;

const DIRECTIVES: &[&str] = &[
    ".module", ".type", ".rec", ".end", ".import", ".extern", ".memory", ".table", ".global",
    ".tag", ".data", ".elem", ".init", ".export", ".file", ".source", ".section",
];

fn is_index(ty: ValType) -> bool {
    matches!(ty, ValType::I32 | ValType::I64)
}

impl Parser<'_> {
    /// The directive that is next; the end of the statement remains.
    pub(super) fn directive(&mut self) -> Parsed<()> {
        let span = self.token.span;
        let word = span.of(self.text);
        if !DIRECTIVES.contains(&word) {
            return self.unknown_directive(DIRECTIVES);
        }
        if self.group.is_some() && !matches!(word, ".type" | ".end") {
            return self.unexpected("`.type` or `.end`");
        }
        self.advance();
        let item = match word {
            ".module" => self.module_line(span)?,
            ".type" => {
                let ty = self.type_definition()?;
                match &mut self.group {
                    Some((_, types)) => {
                        types.push(ty);
                        return Ok(());
                    }
                    None => Item::Types(vec![ty]),
                }
            }
            ".rec" => {
                self.group = Some((span, Vec::new()));
                return Ok(());
            }
            ".end" => match self.group.take() {
                Some((_, types)) => Item::Types(types),
                None => {
                    let message = "`.end` without a group of types";
                    self.report
                        .error(&A0006, span, message)
                        .help("a group begins with `.rec`; a function ends with `END`");
                    return Err(Skip);
                }
            },
            ".tag" => self.tag()?,
            ".import" => self.import()?,
            ".extern" => self.undefined()?,
            ".memory" => self.memory(span)?,
            ".table" => self.table()?,
            ".global" => self.global()?,
            ".data" => self.data()?,
            ".elem" => self.elem()?,
            ".init" => Item::Init(self.references("an initialiser")?),
            ".export" => self.export()?,
            ".file" => {
                let (number, at) = self.unsigned("a file's number", u32::MAX.into())?;
                Item::File(number as u32, self.quoted("the file's path in quotes")?, at)
            }
            ".source" => {
                let (number, at) = self.unsigned("a file's number", u32::MAX.into())?;
                Item::Source(number as u32, self.strings("the text in quotes")?, at)
            }
            _ => self.section()?,
        };
        self.tree.items.push(item);
        Ok(())
    }

    pub(super) fn unknown_directive<T>(&mut self, known: &[&str]) -> Parsed<T> {
        let span = self.token.span;
        let word = span.of(self.text);
        let other = DIRECTIVES.contains(&word) || matches!(word, ".reg" | ".loc");
        let help = match other {
            true => Some("it does not belong here".to_owned()),
            false => self.report.suggest.help(word, known.iter().copied()),
        };
        let shown: String = word.chars().take(60).collect();
        self.report
            .error(
                &A0007,
                span,
                format!("there is no directive `{shown}` here"),
            )
            .maybe_help(help);
        Err(Skip)
    }

    /// A directive after a definition or inside a function, if the next one is such.
    pub(super) fn attribute(&mut self) -> Parsed<Option<Attribute>> {
        if self.token.kind != TokenKind::Directive {
            return Ok(None);
        }
        let span = self.token.span;
        let attribute = match span.of(self.text) {
            ".export" => {
                self.advance();
                let mut name = None;
                if self.token.kind == TokenKind::Quoted {
                    name = Some(self.quoted("the name of the export in quotes")?);
                }
                return Ok(Some(Attribute::Export(name, span)));
            }
            ".local" => Attribute::Local(span),
            ".weak" => Attribute::Weak(span),
            ".hidden" => Attribute::Hidden(span),
            ".nosymbol" => Attribute::NoSymbol(span),
            _ => return Ok(None),
        };
        self.advance();
        Ok(Some(attribute))
    }

    pub(super) fn attributes(&mut self, attributes: &mut Vec<Attribute>) -> Parsed<()> {
        while let Some(attribute) = self.attribute()? {
            attributes.push(attribute);
        }
        Ok(())
    }

    fn references(&mut self, what: &str) -> Parsed<Vec<Name>> {
        let mut names = Vec::new();
        loop {
            names.push(self.name(what)?);
            if !self.eat_comma() {
                return Ok(names);
            }
        }
    }

    fn module_line(&mut self, span: Span) -> Parsed<Item> {
        let mut line = ModuleLine {
            span,
            ..ModuleLine::default()
        };
        while self.token.kind == TokenKind::Word {
            let key = self.token.span;
            let word = self.word();
            self.advance();
            self.expect(TokenKind::Equals)?;
            match word {
                "version" => line.version = Some(self.unsigned("a version", 0xffff)?),
                "draft" => line.draft = Some(self.unsigned("a draft", 0xffff)?),
                "producer" => line.producer = Some(self.quoted("the producer in quotes")?),
                "entry" => {
                    let none = self.eat_word("none");
                    let entry = if none {
                        None
                    } else {
                        Some(self.name("a function")?)
                    };
                    line.entry = Some(entry);
                }
                "debug" => {
                    line.debug = Some(match self.word() {
                        "text" => DebugMode::Text,
                        "explicit" => DebugMode::Explicit,
                        "none" => DebugMode::None,
                        _ => return self.unexpected("`text`, `explicit` or `none`"),
                    });
                    self.advance();
                }
                _ => {
                    let words = ["version", "draft", "producer", "entry", "debug"];
                    let help = self.report.suggest.help(word, words);
                    let shown: String = word.chars().take(60).collect();
                    self.report
                        .error(&A0006, key, format!("`.module` has no part `{shown}`"))
                        .maybe_help(help);
                    return Err(Skip);
                }
            }
        }
        Ok(Item::Module(line))
    }

    fn kind_word(&self) -> Option<Kind> {
        let word = self.word();
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// `.import KIND "MODULE:NAME" [as NAME] TYPE`.
    fn import(&mut self) -> Parsed<Item> {
        let Some(kind) = self.kind_word().filter(|kind| *kind != Kind::Data) else {
            return self.unexpected("`func`, `table`, `memory`, `global` or `tag`");
        };
        self.advance();
        let full = self.name("the import's name, `\"MODULE:NAME\"`")?;
        let text = self.tree.names.get(full.sym);
        if self.token.kind == TokenKind::Quoted {
            return self.import_in_two(kind, full);
        }
        let Some((module, name)) = text.split_once(':') else {
            self.report
                .error(&A0006, full.span, "an import's name has two parts")
                .help("write `\"MODULE:NAME\"`; a symbol of another object is an `.extern`");
            return Err(Skip);
        };
        let (module, name) = (module.to_owned(), name.to_owned());
        let module = Some(self.tree.names.intern(&module));
        let name = self.tree.names.intern(&name);
        self.import_rest(kind, module, name, full)
    }

    /// The second name of `"MODULE" "NAME"`, for a module whose name has a colon.
    fn import_in_two(&mut self, kind: Kind, first: Name) -> Parsed<Item> {
        let second = self.name("the second part of the import's name")?;
        let parts = [first.sym, second.sym].map(|sym| self.tree.names.get(sym));
        let joined = parts.join(":");
        let full = Name {
            sym: self.tree.names.intern(&joined),
            index: second.index,
            span: first.span.to(second.span),
        };
        self.import_rest(kind, Some(first.sym), second.sym, full)
    }

    /// `.extern [KIND] NAME TYPE [.weak]`.
    fn undefined(&mut self) -> Parsed<Item> {
        let mut kind = Kind::Func;
        if let Some(word) = self.kind_word() {
            // A kind, unless it is itself the name of a function.
            let mut ahead = self.lexer.clone();
            if !matches!(ahead.token().kind, TokenKind::Open | TokenKind::Index) {
                kind = word;
                self.advance();
            }
        }
        let name = self.name("the symbol's name")?;
        if !name.sym.is_some() {
            self.report
                .error(&A0032, name.span, "an undefined symbol needs a name");
            return Err(Skip);
        }
        self.import_rest(kind, None, name.sym, name)
    }

    fn import_rest(
        &mut self,
        kind: Kind,
        module: Option<Sym>,
        name: Sym,
        mut local: Name,
    ) -> Parsed<Item> {
        let renamed = self.eat_word("as");
        if renamed {
            local = self.name("a name")?;
        }
        if !matches!(kind, Kind::Func | Kind::Data | Kind::Tag) {
            self.expect(TokenKind::Colon)?;
        }
        let ty = match kind {
            Kind::Func => ImportType::Func(self.type_name()?, self.import_signature()?),
            Kind::Tag => ImportType::Tag(self.type_name()?, self.import_signature()?),
            Kind::Table => {
                let ty = self.reference_type()?;
                ImportType::Table(ty, self.size(ValType::I32)?)
            }
            Kind::Memory => ImportType::Memory(self.memory_size()?),
            Kind::Global => {
                let mutable = self.eat_word("mut");
                ImportType::Global(self.val_type()?, mutable)
            }
            Kind::Data => ImportType::Data,
        };
        let mut weak = false;
        if module.is_none() && self.token.kind == TokenKind::Directive {
            match self.attribute()? {
                Some(Attribute::Weak(_)) => weak = true,
                _ => return self.unexpected("`.weak` or the end of the line"),
            }
        }
        Ok(Item::Import(Import {
            module,
            name,
            local,
            renamed,
            weak,
            ty,
        }))
    }

    /// `MIN [max MAX] [index TYPE]`.
    fn size(&mut self, index_type: ValType) -> Parsed<Size> {
        let mut size = self.min_max(index_type)?;
        if self.eat_word("index") {
            size.index_type = self.plain_type("`i32` or `i64`", is_index)?;
        }
        Ok(size)
    }

    fn min_max(&mut self, index_type: ValType) -> Parsed<Size> {
        // The highest value means "no maximum" in a file.
        let (min, _) = self.unsigned("a size", u64::MAX - 1)?;
        let mut max = None;
        if self.eat_word("max") {
            max = Some(self.unsigned("a size", u64::MAX - 1)?.0);
        }
        Ok(Size {
            index_type,
            min,
            max,
        })
    }

    /// `TYPE MIN [max MAX]`.
    fn memory_size(&mut self) -> Parsed<Size> {
        let index_type = self.plain_type("the memory's index type, `i32` or `i64`", is_index)?;
        self.min_max(index_type)
    }

    /// `.memory [NAME:] TYPE MIN [max MAX]`.
    fn memory(&mut self, span: Span) -> Parsed<Item> {
        let mut ahead = self.lexer.clone();
        let next = ahead.token().kind;
        let named = matches!(next, TokenKind::Colon | TokenKind::Index)
            || matches!(self.token.kind, TokenKind::Quoted | TokenKind::Index);
        let mut name = None;
        if named {
            name = Some(self.name("the memory's name")?);
            self.expect(TokenKind::Colon)?;
        }
        let size = self.memory_size()?;
        let mut attributes = Vec::new();
        self.attributes(&mut attributes)?;
        Ok(Item::Memory(name, size, attributes, span))
    }

    /// `.table NAME: TYPE MIN [max MAX] [index TYPE]`.
    fn table(&mut self) -> Parsed<Item> {
        let name = self.name("the table's name")?;
        self.expect(TokenKind::Colon)?;
        let ty = self.reference_type()?;
        let size = self.size(ValType::I32)?;
        let mut attributes = Vec::new();
        self.attributes(&mut attributes)?;
        Ok(Item::Table(name, ty, size, attributes))
    }

    /// `.tag NAME [: TYPE] (TYPES)`.
    fn tag(&mut self) -> Parsed<Item> {
        let name = self.name("the tag's name")?;
        let ty = self.type_name()?;
        let signature = self.import_signature()?;
        let mut attributes = Vec::new();
        self.attributes(&mut attributes)?;
        Ok(Item::Tag(Tag {
            name,
            ty,
            signature,
            attributes,
        }))
    }

    /// `: NAME`, where the type of a function or tag is named.
    pub(super) fn type_name(&mut self) -> Parsed<Option<Name>> {
        match self.eat(TokenKind::Colon) {
            true => Ok(Some(self.name("a type's name")?)),
            false => Ok(None),
        }
    }

    /// `.global NAME: [mut] TYPE [= INIT]`.
    fn global(&mut self) -> Parsed<Item> {
        let name = self.name("the global's name")?;
        self.expect(TokenKind::Colon)?;
        let mutable = self.eat_word("mut");
        let ty = self.val_type()?;
        let mut attributes = Vec::new();
        self.attributes(&mut attributes)?;
        let mut init = None;
        if self.eat(TokenKind::Equals) {
            init = Some(self.global_init()?);
            self.attributes(&mut attributes)?;
        }
        Ok(Item::Global(Global {
            name,
            ty,
            mutable,
            init,
            attributes,
        }))
    }

    fn global_init(&mut self) -> Parsed<GlobalInit> {
        let span = self.token.span;
        if self.eat_word("null") {
            return Ok(GlobalInit::Null(span));
        }
        if self.eat_word("func") {
            return Ok(GlobalInit::Func(self.name("a function")?));
        }
        if self.eat_word("data") {
            let (name, addend) = self.place()?;
            return Ok(GlobalInit::Data(name, addend));
        }
        Ok(GlobalInit::Const(self.literal()?))
    }

    /// `REF [+ N]`.
    pub(super) fn place(&mut self) -> Parsed<(Name, i64)> {
        let name = self.name("a data row")?;
        let mut addend = 0;
        if matches!(self.token.kind, TokenKind::Plus | TokenKind::Minus) {
            addend = self.addend()?;
        }
        Ok((name, addend))
    }

    /// A literal where nothing else may appear.
    pub(super) fn literal(&mut self) -> Parsed<Operand> {
        let token = self.token;
        let word = self.word();
        let mut operand = Operand::new(OperandKind::Int, token.span);
        operand.flag = super::super::tree::Flag::Other;
        match word {
            "" => return self.number(),
            "true" => operand.value = 1,
            "false" => {}
            "inf" | "nan" => {
                self.advance();
                operand.kind = OperandKind::Float;
                if word == "nan" && self.eat(TokenKind::Colon) {
                    let end = self.expect(TokenKind::Number)?;
                    operand.span = operand.span.to(end);
                }
                return Ok(operand);
            }
            _ => return self.unexpected("a number"),
        }
        self.advance();
        Ok(operand)
    }

    /// `.elem NAME TYPE [passive | declare | at TABLE + N] = ITEMS`.
    fn elem(&mut self) -> Parsed<Item> {
        let name = self.name("the segment's name")?;
        let ty = self.reference_type()?;
        let mut place = ElemPlace::Passive;
        if self.eat_word("declare") {
            place = ElemPlace::Declarative;
        } else if self.eat_word("at") {
            let table = self.name("a table")?;
            let mut offset = 0;
            if self.eat(TokenKind::Plus) {
                offset = self.unsigned("an offset", u64::MAX)?.0;
            }
            place = ElemPlace::Active(table, offset);
        } else {
            self.eat_word("passive");
        }
        let mut items = Vec::new();
        if self.eat(TokenKind::Equals) {
            loop {
                items.push(match self.eat_word("null") {
                    true => None,
                    false => Some(self.name("a function or `null`")?),
                });
                if !self.eat_comma() {
                    break;
                }
            }
        }
        Ok(Item::Elem(Elem {
            name,
            ty,
            place,
            items,
        }))
    }

    /// `.export KIND REF "NAME"`.
    fn export(&mut self) -> Parsed<Item> {
        let Some(kind) = self.kind_word().filter(|kind| *kind != Kind::Data) else {
            return self.unexpected("`func`, `table`, `memory`, `global` or `tag`");
        };
        self.advance();
        let name = self.name("what is exported")?;
        Ok(Item::Export(
            kind,
            name,
            self.quoted("the name of the export in quotes")?,
        ))
    }

    /// `.section "TAG" [debug] [= ITEMS]`.
    fn section(&mut self) -> Parsed<Item> {
        let tag = self.quoted("the section's tag in quotes")?;
        let name = self.tree.names.get(tag.sym).as_bytes();
        let fits = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let Ok(bytes) = <[u8; 4]>::try_from(name) else {
            return self.bad_tag(tag.span);
        };
        if !bytes.iter().all(fits) {
            return self.bad_tag(tag.span);
        }
        let debug = self.eat_word("debug");
        let mut content = Vec::new();
        if self.eat(TokenKind::Equals) {
            content = self.strings("the content in quotes or after `hex`")?;
        }
        Ok(Item::Section(bytes, debug, content))
    }

    fn bad_tag<T>(&mut self, span: Span) -> Parsed<T> {
        let message = "a section's tag is four characters from `A-Z a-z 0-9 _`";
        self.report.error(&A0006, span, message);
        Err(Skip)
    }
}

impl From<ValType> for WrittenType {
    fn from(ty: ValType) -> Self {
        WrittenType::Is(ty)
    }
}
