//! Functions and the statements inside them.

use super::super::interner::Sym;
use super::super::lexer::TokenKind;
use super::super::tree::{
    BodyDirective, Function, Item, Name, NewRegister, Operand, OperandKind, Statement,
    StatementKind, WrittenType,
};
use super::{END_OF_HEAD, FirstWord, Parsed, Parser, Skip, Span, type_word};
use crate::diag::codes::text::*;
use crate::isa::ValType;

impl Parser<'_> {
    /// FUNC or MAIN, up to and including its END. Errors inside are reported here.
    pub(super) fn function(&mut self, main: bool) {
        let keyword = self.advance().span;
        let first = self.tree.statements.len() as u32;
        let mut function = Function {
            name: Name {
                sym: Sym::NONE,
                index: None,
                span: keyword,
            },
            main,
            ty: None,
            params: Vec::new(),
            results: None,
            first_return: None,
            bad_head: false,
            statements: first..first,
            attributes: Vec::new(),
            end: keyword,
            end_at: (self.line, 1),
        };
        if self.head(&mut function).is_err() {
            function.bad_head = true;
            self.skip_line();
        }
        let ended = self.body(&mut function);
        if !ended {
            let name = self.tree.names.get(function.name.sym).to_owned();
            let name = if main {
                "MAIN".to_owned()
            } else {
                format!("FUNC {name}")
            };
            let message = format!("{name} has no END");
            let error = self.report.error(&A0010, function.name.span, message);
            match self.token.kind {
                TokenKind::End => {
                    error.help("END is on a line of its own after the last instruction")
                }
                _ => error.note("expected END before this", self.token.span),
            };
        }
        function.statements.end = self.tree.statements.len() as u32;
        self.tree.items.push(Item::Function(function));
    }

    fn head(&mut self, function: &mut Function) -> Parsed<()> {
        if function.main {
            function.name.sym = self.tree.names.intern("main");
            function.results = self.results()?;
            return self.end_of_statement();
        }
        function.name = self.name("the function's name")?;
        function.ty = self.type_name()?;
        self.expect(TokenKind::Open)?;
        while self.token.kind != TokenKind::Close {
            function.params.push(self.param()?);
            if !self.eat_comma() {
                break;
            }
        }
        self.expect(TokenKind::Close)?;
        function.results = self.results()?;
        match (&function.results, self.token.kind) {
            (None, kind) if !matches!(kind, TokenKind::Newline | TokenKind::End) => {
                self.unexpected(END_OF_HEAD)
            }
            _ => self.end_of_statement(),
        }
    }

    /// `name[: type]`; `_` has no name.
    fn param(&mut self) -> Parsed<(Option<Name>, WrittenType)> {
        let name = self.name("a parameter's name")?;
        let mut ty = WrittenType::Is(ValType::I64);
        // As other languages have it.
        let first = self.tree.names.get(name.sym);
        if let (Some(found), TokenKind::Word) = (type_word(first), self.token.kind) {
            let help = format!("write `{}: {first}`", self.word());
            self.report
                .error(&A0006, name.span, "a parameter's type follows its name")
                .help(help);
            let name = self.name("a parameter's name")?;
            return Ok((Some(name), found));
        }
        if self.eat(TokenKind::Colon) {
            ty = self.val_type()?;
        }
        Ok((name.sym.is_some().then_some(name), ty))
    }

    /// Statements up to END; false when the text ends first, or another function begins.
    fn body(&mut self, function: &mut Function) -> bool {
        loop {
            match self.token.kind {
                TokenKind::End => return false,
                TokenKind::Newline => {
                    self.newline();
                    continue;
                }
                TokenKind::Directive => {
                    if self.body_directive(function).is_err() {
                        self.skip_line();
                    }
                    continue;
                }
                TokenKind::Word | TokenKind::Quoted => {}
                _ => {
                    let _ = self.unexpected::<()>("an instruction, a label or END");
                    self.skip_line();
                    continue;
                }
            }
            let token = self.token;
            let (sym, class) = match token.kind {
                TokenKind::Quoted => (Sym::NONE, FirstWord::Other),
                _ => {
                    let word = token.span.of(self.text);
                    let sym = self.tree.names.intern(word);
                    (sym, self.classify(sym, word))
                }
            };
            let saved = (self.lexer.clone(), self.last_end);
            self.advance();
            if self.token.kind == TokenKind::Colon || token.kind == TokenKind::Quoted {
                self.label(sym, token.span);
                continue;
            }
            match class {
                FirstWord::End => {
                    function.end = token.span;
                    let at = self.statement_at(StatementKind::Bad, sym, token.span);
                    function.end_at = (at.line, at.column);
                    if self.end_of_statement().is_err() {
                        self.skip_line();
                    }
                    return true;
                }
                FirstWord::Func | FirstWord::Main => {
                    (self.lexer, self.last_end) = saved;
                    self.token = token;
                    return false;
                }
                FirstWord::Unknown | FirstWord::Return | FirstWord::Other => {
                    self.instruction(sym, token.span, class, function)
                }
            }
        }
    }

    fn statement_at(&self, kind: StatementKind, name: Sym, span: Span) -> Statement {
        let before = Span::new(self.line_start as usize, span.start as usize).of(self.text);
        let column = match before.is_ascii() {
            true => before.len(),
            false => before.chars().count(),
        };
        Statement {
            kind,
            name,
            start: span.start,
            line: self.line,
            column: column as u32 + 1,
            operands: self.tree.operands.len() as u32,
            count: 0,
        }
    }

    /// `NAME:`, with the colon next.
    fn label(&mut self, sym: Sym, span: Span) {
        let sym = match sym {
            Sym::NONE => match self.quoted_name(span) {
                Ok(sym) => sym,
                Err(Skip) => return self.skip_line(),
            },
            sym => sym,
        };
        if self.expect(TokenKind::Colon).is_err() {
            return self.skip_line();
        }
        let statement = self.statement_at(StatementKind::Label, sym, span);
        self.tree.statements.push(statement);
    }

    fn instruction(&mut self, sym: Sym, span: Span, class: FirstWord, function: &mut Function) {
        let mut statement = self.statement_at(StatementKind::Instruction, sym, span);
        if self.operands().is_err() {
            statement.kind = StatementKind::Bad;
            self.skip_line();
        }
        let count = self.tree.operands.len() as u32 - statement.operands;
        statement.count = count;
        if class == FirstWord::Return && function.first_return.is_none() {
            function.first_return = Some(count);
            // The number of results cannot be known.
            function.bad_head |= statement.kind == StatementKind::Bad && function.results.is_none();
        }
        self.tree.statements.push(statement);
    }

    fn body_directive(&mut self, function: &mut Function) -> Parsed<()> {
        let span = self.token.span;
        let directive = match span.of(self.text) {
            ".reg" => {
                self.advance();
                self.registers()?
            }
            ".loc" => {
                self.advance();
                self.loc(span)?
            }
            _ => {
                let Some(attribute) = self.attribute()? else {
                    return self.unknown_directive(&[
                        ".reg",
                        ".loc",
                        ".export",
                        ".local",
                        ".weak",
                        ".hidden",
                        ".nosymbol",
                    ]);
                };
                function.attributes.push(attribute);
                return self.end_of_statement();
            }
        };
        let mut statement = self.statement_at(StatementKind::Directive, Sym::NONE, span);
        statement.operands = self.tree.directives.len() as u32;
        self.tree.directives.push(directive);
        self.tree.statements.push(statement);
        self.end_of_statement()
    }

    /// `a, %2..%9: i64 [zeroed]`.
    fn registers(&mut self) -> Parsed<BodyDirective> {
        let mut registers = Vec::new();
        loop {
            if self.token.kind == TokenKind::Register {
                let span = self.token.span;
                let first = self.numbered(span)?;
                self.advance();
                let mut last = first;
                let mut end = span;
                if self.eat(TokenKind::Dots) {
                    end = self.token.span;
                    if self.token.kind != TokenKind::Register {
                        return self.unexpected("the last register of the range");
                    }
                    last = self.numbered(end)?;
                    self.advance();
                }
                registers.push(NewRegister::Unnamed(first, last, span.to(end)));
            } else {
                registers.push(NewRegister::Named(self.name("a register's name")?));
            }
            if !self.eat_comma() {
                break;
            }
        }
        self.expect(TokenKind::Colon)?;
        let ty = self.val_type()?;
        let zeroed = self.eat_word("zeroed");
        Ok(BodyDirective::Registers {
            registers,
            ty,
            zeroed,
        })
    }

    fn loc(&mut self, span: Span) -> Parsed<BodyDirective> {
        if self.eat_word("none") {
            return Ok(BodyDirective::Loc(None, span));
        }
        const MOST: u64 = (1 << 31) - 1;
        let (file, _) = self.unsigned("a file's number", MOST)?;
        let (line, at) = self.unsigned("a line", MOST)?;
        if line == 0 {
            self.report.error(&A0020, at, "lines are counted from 1");
            return Err(Skip);
        }
        let mut column = 0;
        if self.token.kind == TokenKind::Number {
            column = self.unsigned("a column", MOST)?.0;
        }
        let place = (file as u32, line as u32, column as u32);
        Ok(BodyDirective::Loc(Some(place), span))
    }
}

impl Operand {
    /// Whether the operand is a literal, or a word that may be one.
    pub fn is_number(&self) -> bool {
        matches!(self.kind, OperandKind::Int | OperandKind::Float)
    }
}
