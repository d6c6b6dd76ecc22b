//! Writes signatures: as imports have them, as types of the text form, and as C declares them.

use std::fmt::{self, Display, Write};

use super::{CParam, CType, Callback, Extent, Prototype, Scalar};
use crate::isa::ValType;

/// Writes types with a separator between them.
fn write_list<T: Display>(
    f: &mut fmt::Formatter<'_>,
    types: impl IntoIterator<Item = T>,
    separator: &str,
) -> fmt::Result {
    for (at, ty) in types.into_iter().enumerate() {
        if at > 0 {
            f.write_str(separator)?;
        }
        write!(f, "{ty}")?;
    }
    Ok(())
}

impl Display for Scalar {
    /// As a signature writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Display for CType {
    /// As a signature writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CType::Scalar(scalar) => write!(f, "{scalar}"),
            CType::Struct(fields) => {
                f.write_char('{')?;
                write_list(f, fields, ",")?;
                f.write_char('}')
            }
        }
    }
}

impl Display for Callback {
    /// As a signature writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("fn(")?;
        write_list(f, &self.params, ",")?;
        f.write_char(')')?;
        self.result.iter().try_for_each(|ty| write!(f, "{ty}"))
    }
}

impl Display for CParam {
    /// As a signature writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CParam::Value(ty) => write!(f, "{ty}"),
            CParam::Buffer(Extent::Unknown) => f.write_str("buf"),
            CParam::Buffer(Extent::Bytes(count)) => write!(f, "buf[{count}]"),
            CParam::Buffer(Extent::Argument(number)) => write!(f, "buf[#{number}]"),
            CParam::Text => f.write_str("str"),
            CParam::Callback(callback) => write!(f, "{callback}"),
        }
    }
}

impl Display for Prototype {
    /// The name of the import, as [`Prototype::parse`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_blocking { "!" } else { "" })?;
        write!(f, "{}(", self.symbol)?;
        let fixed = self.fixed.unwrap_or(self.params.len());
        let (own, more) = self.params.split_at(fixed);
        write_list(f, own, ",")?;
        if self.fixed.is_some() {
            f.write_str(",...")?;
            more.iter().try_for_each(|param| write!(f, ",{param}"))?;
        }
        f.write_char(')')?;
        self.result.iter().try_for_each(|ty| write!(f, "{ty}"))?;
        f.write_str(if self.has_errno { "+errno" } else { "" })
    }
}

impl Prototype {
    /// The type that the import has, as the text form writes it: `(addr, i32) -> i64`.
    pub fn text_type(&self) -> impl Display {
        TextType(self)
    }

    /// The declaration in C, without names of parameters; the types of what is passed after `...` are a comment.
    pub fn in_c(&self) -> impl Display {
        InC(self)
    }
}

/// A type of functions of the text form.
struct TextType<'p>(&'p Prototype);

impl Display for TextType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |ty: Option<ValType>| ty.map_or("addr".to_owned(), |ty| ty.to_string());
        f.write_char('(')?;
        write_list(f, self.0.val_params().map(word), ", ")?;
        f.write_char(')')?;
        match &self.0.val_results()[..] {
            [] => Ok(()),
            [one] => write!(f, " -> {one}"),
            many => {
                f.write_str(" -> (")?;
                write_list(f, many, ", ")?;
                f.write_char(')')
            }
        }
    }
}

/// Something as C writes it.
struct InC<'t, T>(&'t T);

impl Display for InC<'_, CType> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            CType::Scalar(scalar) => f.write_str(scalar.c_name()),
            CType::Struct(fields) => {
                f.write_str("struct { ")?;
                let mut fields = fields.iter().map(InC);
                fields.try_for_each(|field| write!(f, "{field}; "))?;
                f.write_char('}')
            }
        }
    }
}

impl Display for InC<'_, CParam> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            CParam::Value(ty) => write!(f, "{}", InC(ty)),
            CParam::Buffer(_) => f.write_str("void *"),
            CParam::Text => f.write_str("const char *"),
            CParam::Callback(callback) => {
                write_c_result(f, callback.result.as_ref())?;
                f.write_str("(*)")?;
                write_c_params(f, callback.params.iter().map(InC))
            }
        }
    }
}

impl Display for InC<'_, Prototype> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_c_result(f, self.0.result.as_ref())?;
        f.write_str(&self.0.symbol)?;
        let params = self.0.params.iter().map(InC);
        let Some(fixed) = self.0.fixed else {
            return write_c_params(f, params);
        };
        f.write_char('(')?;
        let mut own = params.clone().take(fixed);
        own.try_for_each(|param| write!(f, "{param}, "))?;
        f.write_str("...)")?;
        if fixed < params.len() {
            f.write_str(" /* ")?;
            write_list(f, params.skip(fixed), ", ")?;
            f.write_str(" */")?;
        }
        Ok(())
    }
}

/// A result, with a space unless what follows is set apart anyway.
fn write_c_result(f: &mut fmt::Formatter<'_>, result: Option<&CType>) -> fmt::Result {
    match result {
        None => f.write_str("void "),
        Some(CType::Scalar(Scalar::Ptr)) => f.write_str("void *"),
        Some(ty) => write!(f, "{} ", InC(ty)),
    }
}

fn write_c_params<T: Display>(
    f: &mut fmt::Formatter<'_>,
    params: impl ExactSizeIterator<Item = T>,
) -> fmt::Result {
    if params.len() == 0 {
        return f.write_str("(void)");
    }
    f.write_char('(')?;
    write_list(f, params, ", ")?;
    f.write_char(')')
}
