//! From types of C to signatures: what each parameter is passed as, and what cannot be passed.

use std::collections::HashSet;

use gimli::UnitOffset;
use gimli::constants as dw;

use vbc_core::module::native::{
    CParam, CType, Callback, DEPTH, Extent, Layout, Prototype, Scalar, VALUES,
};

use crate::Failure;
use crate::pattern::{self, usual_name};
use crate::types::{Function, Node, Peeled, TypeId, Types, is_signed};

/// Names of the type of a list of arguments, which only C can take apart.
const VA_LISTS: &[&str] = &[
    "va_list",
    "__gnuc_va_list",
    "__builtin_va_list",
    "__va_list_tag",
    "__va_list",
];

const POINTER: CParam = CParam::Value(CType::Scalar(Scalar::Ptr));
const BUFFER: CParam = CParam::Buffer(Extent::Unknown);

/// What pointers are for, apart from what their types say.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Pointers to these types, by their usual names, are `ptr`.
    pub ptr: Vec<String>,
    /// Pointers to these types are `buf`.
    pub buf: Vec<String>,
    /// Structs and unions that the library hands out.
    pub handed_out: HashSet<UnitOffset>,
}

/// Why something cannot be converted.
#[derive(Debug)]
pub enum Misfit {
    /// There is no signature for it: what it is, `a union`, or why.
    LeftOut(String),
    /// What was written of its signature does not fit.
    Wrong(String),
    /// Nothing can be known about it.
    Failed(Failure),
}

impl From<Failure> for Misfit {
    fn from(failure: Failure) -> Self {
        Misfit::Failed(failure)
    }
}

fn left_out<T>(what: impl Into<String>) -> Result<T, Misfit> {
    Err(Misfit::LeftOut(what.into()))
}

/// What somebody has written does not fit.
fn wrong<T>(message: impl Into<String>) -> Result<T, Misfit> {
    Err(Misfit::Wrong(message.into()))
}

/// Puts what a misfit is inside of before it.
fn within<T>(result: Result<T, Misfit>, context: impl FnOnce() -> String) -> Result<T, Misfit> {
    result.map_err(|misfit| match misfit {
        Misfit::LeftOut(what) => Misfit::LeftOut(format!("{} is {what}", context())),
        misfit => misfit,
    })
}

/// The field of a struct that a misfit is in, by its path.
fn in_field(name: &str, misfit: Misfit) -> Misfit {
    const INSIDE: &str = "a struct whose field `";
    match misfit {
        Misfit::LeftOut(what) => Misfit::LeftOut(match what.strip_prefix(INSIDE) {
            Some(path) => format!("{INSIDE}{name}.{path}"),
            None => format!("{INSIDE}{name}` is {what}"),
        }),
        misfit => misfit,
    }
}

/// What is asked of a function's signature.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// What was written of it.
    pub types: Option<&'a pattern::Types>,
    /// Whether it is to be `!`.
    pub blocking: bool,
    /// Whether it is to be `+errno`.
    pub errno: bool,
}

/// Makes signatures of the functions of an object.
#[derive(Debug)]
pub struct Converter<'a, 's> {
    /// The object's types.
    pub types: &'a Types<'s>,
    /// What pointers are for.
    pub rules: &'a Rules,
    /// Names among the rules that a parameter's type has.
    pub met: HashSet<String>,
    /// Names that rules could have had.
    pub pointees: HashSet<String>,
    /// What is to be said about the last signature, sentences without their full stop.
    pub remarks: Vec<String>,
}

impl Converter<'_, '_> {
    /// The signature of a function with this symbol.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn prototype(
        &mut self,
        symbol: &str,
        function: &Function,
        wanted: Wanted<'_>,
    ) -> Result<Prototype, Misfit> {
        self.remarks.clear();
        let none = pattern::Types::default();
        let types = wanted.types.unwrap_or(&none);
        let (mut params, mut fixed) = (Vec::new(), None);
        if function.is_prototyped {
            let count = function.parameters.len();
            if types.parameters.len() > count {
                return wrong(format!("it has {}", counted(count, "parameter")));
            }
            for (at, &id) in function.parameters.iter().enumerate() {
                let written = types.parameters.get(at).and_then(Option::as_ref);
                params.push(self.parameter(at, id, written)?);
            }
            if let Some(more) = variadic(function, types)? {
                fixed = Some(params.len());
                params.extend_from_slice(more);
            }
        } else {
            params = in_the_old_way(wanted.types)?;
        }
        let prototype = Prototype {
            symbol: symbol.into(),
            is_blocking: wanted.blocking,
            params: params.into(),
            fixed,
            result: self.result(function.result, types.result.as_ref())?,
            has_errno: wanted.errno,
        };
        check_extents(&prototype.params)?;
        let is_callback = |param: &CParam| matches!(param, CParam::Callback(_));
        if prototype.is_blocking
            && let Some(at) = prototype.params.iter().position(is_callback)
        {
            return left_out(format!(
                "parameter {at} is a callback, which no function can have that may wait"
            ));
        }
        if !prototype.is_within_bounds() {
            return left_out(format!("it has more than {VALUES} parameters or results"));
        }
        Ok(prototype)
    }

    fn parameter(
        &mut self,
        at: usize,
        id: TypeId,
        written: Option<&CParam>,
    ) -> Result<CParam, Misfit> {
        let peeled = self.types.peel(id)?;
        let natural = match peeled.node {
            Node::Pointer(pointee) => self.pointer(at, &peeled, pointee, written.is_some()),
            _ => self.value(id, 0, &mut 0).map(CParam::Value),
        };
        let natural = within(natural, || format!("parameter {at}"))?;
        let Some(written) = written else {
            return Ok(natural);
        };
        let is_fit = match (written, &natural) {
            (CParam::Value(written), CParam::Value(natural)) => fits(written, natural),
            _ => is_address(written) && is_address(&natural),
        };
        match is_fit {
            true => Ok(written.clone()),
            false => wrong(format!("parameter {at} is `{natural}`, not `{written}`")),
        }
    }

    fn result(&self, id: TypeId, written: Option<&CType>) -> Result<Option<CType>, Misfit> {
        let is_void = matches!(self.types.peel(id)?.node, Node::Void);
        let natural = match is_void {
            true => None,
            false => Some(within(self.value(id, 0, &mut 0), || {
                "the result".to_owned()
            })?),
        };
        match (natural, written) {
            (natural, None) => Ok(natural),
            (Some(natural), Some(written)) if fits(written, &natural) => Ok(Some(written.clone())),
            (Some(natural), Some(written)) => {
                wrong(format!("the result is `{natural}`, not `{written}`"))
            }
            (None, Some(written)) => wrong(format!("it returns nothing, not `{written}`")),
        }
    }

    /// A parameter that is a pointer. Where something was written, nothing is said about what would be without.
    fn pointer(
        &mut self,
        at: usize,
        pointer: &Peeled,
        pointee: TypeId,
        is_decided: bool,
    ) -> Result<CParam, Misfit> {
        let target = self.types.peel(pointee)?;
        let names = [&pointer.names[..], &names(&target)].concat();
        if names.iter().any(|name| VA_LISTS.contains(&name.as_str())) {
            return left_out("a `va_list`");
        }
        // The outermost name decides; the others have been met, too.
        let mut decided = None;
        for name in &names {
            let has = |rules: &[String]| rules.contains(name);
            let rule = match (has(&self.rules.ptr), has(&self.rules.buf)) {
                (true, _) => POINTER,
                (_, true) => BUFFER,
                _ => continue,
            };
            self.met.insert(name.clone());
            decided.get_or_insert(rule);
        }
        self.pointees.extend(names);
        if let Some(ty) = decided {
            return Ok(ty);
        }
        Ok(match target.node {
            Node::Function(function) => match self.callback(&function)? {
                Ok(callback) => CParam::Callback(callback),
                Err(why) => {
                    if !is_decided {
                        self.remarks
                            .push(format!("parameter {at} is `ptr`: its callback {why}"));
                    }
                    POINTER
                }
            },
            Node::Void if target.is_const => BUFFER,
            Node::Void | Node::Pointer(_) | Node::Other(_) => POINTER,
            Node::Enum { size: None, .. } | Node::Struct { size: None, .. } => POINTER,
            Node::Struct { id, .. } if self.rules.handed_out.contains(&id) => POINTER,
            Node::Array { element, .. } => match self.types.peel(element)?.node {
                Node::Pointer(_) => POINTER,
                _ => BUFFER,
            },
            Node::Base { name, .. } if name == "char" && target.is_const => CParam::Text,
            Node::Base { .. } | Node::Enum { .. } | Node::Struct { .. } => BUFFER,
        })
    }

    /// A callback's type, or what is wrong with it.
    fn callback(&self, function: &Function) -> Result<Result<Callback, String>, Misfit> {
        if !function.is_prototyped {
            return Ok(Err("is declared in the old way".to_owned()));
        }
        if function.is_variadic {
            return Ok(Err("is variadic".to_owned()));
        }
        let mut params = Vec::new();
        for &id in &function.parameters {
            match self.value(id, 0, &mut 0) {
                Ok(ty) => params.push(ty),
                Err(Misfit::LeftOut(what)) => return Ok(Err(format!("takes {what}"))),
                Err(misfit) => return Err(misfit),
            }
        }
        let result = match self.types.peel(function.result)?.node {
            Node::Void => None,
            _ => match self.value(function.result, 0, &mut 0) {
                Ok(result) => Some(result),
                Err(Misfit::LeftOut(what)) => return Ok(Err(format!("returns {what}"))),
                Err(misfit) => return Err(misfit),
            },
        };
        let params = params.into();
        let callback = Callback { params, result };
        Ok(match callback.is_within_bounds() {
            true => Ok(callback),
            false => Err(format!("has more than {VALUES} parameters or results")),
        })
    }

    /// Something that is passed as it is: a number, a pointer to whatever, or a struct inside `depth` others, whose
    /// numbers and pointers `fields` counts.
    fn value(&self, id: TypeId, depth: usize, fields: &mut usize) -> Result<CType, Misfit> {
        let peeled = self.types.peel(id)?;
        if names(&peeled)
            .iter()
            .any(|name| VA_LISTS.contains(&name.as_str()))
        {
            return left_out("a `va_list`");
        }
        *fields += 1;
        match peeled.node {
            Node::Pointer(_) => Ok(CType::Scalar(Scalar::Ptr)),
            Node::Base {
                name,
                encoding,
                size,
                is_partial,
            } => match number(encoding, size).filter(|_| !is_partial) {
                Some(scalar) => Ok(CType::Scalar(scalar)),
                None => left_out(format!("a `{name}`")),
            },
            Node::Enum { size, signed, .. } => match size {
                Some(size) => match Scalar::integer(size, signed) {
                    Some(scalar) => Ok(CType::Scalar(scalar)),
                    None => left_out("an enum of a strange size"),
                },
                None => left_out("an enum that the headers do not define"),
            },
            Node::Struct { word: "union", .. } => left_out("a union"),
            Node::Struct { size: None, .. } => left_out("a struct that the headers do not define"),
            Node::Struct { .. } if depth == DEPTH => {
                left_out(format!("a struct more than {DEPTH} deep"))
            }
            Node::Struct {
                id,
                size: Some(size),
                alignment,
                ..
            } => self.structure(id, (size, alignment), depth, fields),
            Node::Array { is_vector, .. } => left_out(match is_vector {
                true => "a vector",
                false => "an array",
            }),
            Node::Void => left_out("nothing"),
            Node::Function(_) => left_out("a function"),
            Node::Other(name) => left_out(format!("a `{name}`")),
        }
    }

    fn structure(
        &self,
        id: UnitOffset,
        (size, alignment): (u64, Option<u64>),
        depth: usize,
        count: &mut usize,
    ) -> Result<CType, Misfit> {
        // The struct itself is none of its fields.
        *count -= 1;
        let mut fields = Vec::new();
        let mut own = Layout::default();
        let mut is_own = true;
        for member in self.types.members(id)? {
            if member.bits.is_some() {
                return left_out("a struct with a bit field");
            }
            let name = member.name.as_deref().unwrap_or("nameless");
            let field = self.value(member.ty, depth + 1, count);
            let field = field.map_err(|misfit| in_field(name, misfit))?;
            if *count > VALUES {
                return left_out(format!("a struct with more than {VALUES} fields"));
            }
            let layout = Layout::of(&field);
            let asked = self.types.peel(member.ty)?.alignment.or(member.alignment);
            is_own &= asked.is_none_or(|asked| asked == layout.alignment as u64);
            is_own &= own.add(layout) as u64 == member.offset;
            fields.push(field);
        }
        if fields.is_empty() {
            return left_out("a struct without fields");
        }
        is_own &= alignment.is_none_or(|asked| asked == own.alignment as u64);
        match is_own && own.padded() as u64 == size {
            true => Ok(CType::Struct(fields.into())),
            false => left_out("a struct that is packed or aligned"),
        }
    }
}

/// The types that are passed after `...`.
fn variadic<'t>(
    function: &Function,
    types: &'t pattern::Types,
) -> Result<Option<&'t [CParam]>, Misfit> {
    match (&types.variadic, function.is_variadic) {
        (None, false) => Ok(None),
        (Some(_), false) => wrong("it is not variadic"),
        (_, true) if function.parameters.is_empty() => left_out("it has no parameter before `...`"),
        (None, true) => {
            left_out("it is variadic; `(...,i32)` after its name would say what it is passed")
        }
        (Some(more), true) => Ok(Some(more)),
    }
}

/// What a function takes whose declaration does not say it.
fn in_the_old_way(types: Option<&pattern::Types>) -> Result<Vec<CParam>, Misfit> {
    let Some(types) = types else {
        return left_out(
            "it is declared in the old way; `(i32)` after its name would say what it takes",
        );
    };
    if types.variadic.is_some() {
        return wrong("it is declared in the old way, and not variadic");
    }
    let parameters = types.parameters.iter().enumerate();
    let parameters = parameters.map(|(at, ty)| match ty {
        Some(ty) if ty.promoted().is_none() => Ok(ty.clone()),
        Some(ty) => wrong(format!(
            "it is declared in the old way, so that parameter {at} is not `{ty}`"
        )),
        None => wrong(format!(
            "it is declared in the old way, which does not say what parameter {at} is"
        )),
    });
    parameters.collect()
}

/// The lengths of arrays are arguments that are integers.
fn check_extents(params: &[CParam]) -> Result<(), Misfit> {
    for ty in params {
        let CParam::Buffer(Extent::Argument(number)) = ty else {
            continue;
        };
        if !params.get(*number).is_some_and(CParam::is_integer) {
            return wrong(format!("`{ty}`: argument {number} is not an integer"));
        }
    }
    Ok(())
}

/// Whether a parameter is an address, or an integer that one fits into.
fn is_address(ty: &CParam) -> bool {
    match ty {
        CParam::Value(CType::Scalar(scalar)) => is_address_scalar(*scalar),
        CParam::Value(CType::Struct(_)) => false,
        CParam::Buffer(_) | CParam::Text | CParam::Callback(_) => true,
    }
}

fn is_address_scalar(scalar: Scalar) -> bool {
    matches!(scalar, Scalar::I64 | Scalar::U64 | Scalar::Ptr)
}

/// Whether a type of values may be written where C has `natural`.
fn fits(written: &CType, natural: &CType) -> bool {
    match (written, natural) {
        (&CType::Scalar(written), &CType::Scalar(natural)) => {
            let are_integers = written.is_integer() && natural.is_integer();
            written == natural
                || are_integers && written.size() == natural.size()
                || is_address_scalar(written) && is_address_scalar(natural)
        }
        (written, natural) => written == natural,
    }
}

/// The number that is encoded in so many bytes.
pub fn number(encoding: dw::DwAte, size: u64) -> Option<Scalar> {
    match (encoding, size) {
        (dw::DW_ATE_boolean, 1) => Some(Scalar::Bool),
        (dw::DW_ATE_float, 4) => Some(Scalar::F32),
        (dw::DW_ATE_float, 8) => Some(Scalar::F64),
        (
            dw::DW_ATE_signed
            | dw::DW_ATE_signed_char
            | dw::DW_ATE_unsigned
            | dw::DW_ATE_unsigned_char
            | dw::DW_ATE_UTF,
            _,
        ) => Scalar::integer(size, is_signed(encoding)),
        _ => None,
    }
}

/// What a type may be called: its names by `typedef`, and its own.
fn names(peeled: &Peeled) -> Vec<String> {
    let mut names = peeled.names.clone();
    let mut tag = |word: &str, name: &Option<String>| {
        if let Some(name) = name {
            names.push(name.clone());
            names.push(format!("{word} {name}"));
        }
    };
    match &peeled.node {
        Node::Void => names.push("void".to_owned()),
        Node::Base { name, .. } => names.push(usual_name(name)),
        Node::Other(name) => names.push(name.clone()),
        Node::Enum { name, .. } => tag("enum", name),
        Node::Struct { word, name, .. } => tag(word, name),
        Node::Pointer(_) | Node::Array { .. } | Node::Function(_) => {}
    }
    names
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        0 => format!("no {noun}s"),
        _ => vbc_core::diag::counted(count as u64, noun),
    }
}
