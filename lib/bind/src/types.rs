//! Types of C, as debug information describes them.

use std::cell::Cell;
use std::collections::HashMap;

use gimli::constants as dw;
use gimli::{
    AttributeValue, DebuggingInformationEntry, Dwarf, EndianSlice, LittleEndian, Operation, Unit,
    UnitOffset,
};

use vbc_core::diag::codes::bind::{B0006, B0008};

use crate::object::Object;
use crate::{Failure, failure};

/// How many types may stand for one another, or be made of one another, before the debug information counts as
/// damaged.
const DEPTH: usize = 200;
/// How many types one may be made of, when it is shown.
const STEPS: usize = 10_000;

type Bytes<'s> = EndianSlice<'s, LittleEndian>;
type Entry<'s> = DebuggingInformationEntry<Bytes<'s>>;

/// A type, by the place of its description; none is `void`.
pub type TypeId = Option<UnitOffset>;

/// The debug sections of an object.
#[derive(Debug)]
pub struct Sections(HashMap<&'static str, Vec<u8>>);

impl Sections {
    /// Those of an object, which they do not need any more.
    pub fn of(object: &Object<'_>) -> Sections {
        let names = [
            gimli::SectionId::DebugAbbrev,
            gimli::SectionId::DebugAddr,
            gimli::SectionId::DebugInfo,
            gimli::SectionId::DebugLine,
            gimli::SectionId::DebugStr,
            gimli::SectionId::DebugLineStr,
            gimli::SectionId::DebugStrOffsets,
        ];
        Sections(
            names
                .map(|id| (id.name(), object.relocated(id.name())))
                .into(),
        )
    }
}

/// What a type is, without the names and qualifiers around it.
#[derive(Clone, Debug)]
pub enum Node {
    /// `void`.
    Void,
    /// A number or a truth value, in its own encoding.
    Base {
        /// Its name in C.
        name: String,
        /// What its bits mean.
        encoding: dw::DwAte,
        /// Bytes.
        size: u64,
        /// Whether it has fewer bits than its bytes have.
        is_partial: bool,
    },
    /// An enum.
    Enum {
        /// Its tag.
        name: Option<String>,
        /// Bytes; none where it is not defined.
        size: Option<u64>,
        /// Whether it is an integer with a sign.
        signed: bool,
        /// Its place.
        id: UnitOffset,
    },
    /// A pointer.
    Pointer(TypeId),
    /// A struct or a union.
    Struct {
        /// `struct` or `union`.
        word: &'static str,
        /// Its tag.
        name: Option<String>,
        /// Bytes; none where it is not defined.
        size: Option<u64>,
        /// Its place, which tells it from others.
        id: UnitOffset,
        /// The alignment that somebody has asked for.
        alignment: Option<u64>,
    },
    /// An array or a vector.
    Array {
        /// What it consists of.
        element: TypeId,
        /// How many elements it has in each dimension; none where that is open.
        counts: Vec<Option<u64>>,
        /// Whether it is a vector.
        is_vector: bool,
    },
    /// A function.
    Function(Function),
    /// Something that C does not have.
    Other(String),
}

/// A type of functions.
#[derive(Clone, Debug)]
pub struct Function {
    /// Whether it says what it takes.
    pub is_prototyped: bool,
    /// What it takes.
    pub parameters: Vec<TypeId>,
    /// Whether `...` follows.
    pub is_variadic: bool,
    /// What it returns.
    pub result: TypeId,
}

/// A field of a struct or a union.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name.
    pub name: Option<String>,
    /// Its type.
    pub ty: TypeId,
    /// Its distance from the beginning, in bytes.
    pub offset: u64,
    /// How many bits it has, where it is a bit field.
    pub bits: Option<u64>,
    /// The alignment that somebody has asked for.
    pub alignment: Option<u64>,
}

/// A type with the names and qualifiers around it taken off.
#[derive(Clone, Debug)]
pub struct Peeled {
    /// What is left.
    pub node: Node,
    /// The names by `typedef`, the outermost first.
    pub names: Vec<String>,
    /// Whether it cannot be changed.
    pub is_const: bool,
    /// The alignment that the outermost of the names with one asks for.
    pub alignment: Option<u64>,
}

/// The types of an object.
#[derive(Debug)]
pub struct Types<'s> {
    dwarf: Dwarf<Bytes<'s>>,
    unit: Unit<Bytes<'s>>,
    /// The types of variables.
    variables: HashMap<String, TypeId>,
}

fn damaged(error: gimli::Error) -> Failure {
    failure(
        &B0008,
        format!("the debug information cannot be read: {error}"),
    )
}

fn strange(what: &str) -> Failure {
    failure(
        &B0008,
        format!("the debug information makes no sense: {what}"),
    )
}

/// The type that an entry refers to.
fn type_of(entry: &Entry<'_>) -> TypeId {
    match entry.attr_value(dw::DW_AT_type)? {
        AttributeValue::UnitRef(offset) => Some(offset),
        _ => None,
    }
}

fn number(entry: &Entry<'_>, attribute: dw::DwAt) -> Option<u64> {
    entry.attr(attribute)?.udata_value()
}

fn flag(entry: &Entry<'_>, attribute: dw::DwAt) -> bool {
    matches!(
        entry.attr_value(attribute),
        Some(AttributeValue::Flag(true))
    )
}

impl<'s> Types<'s> {
    /// Reads what the sections say about variables whose names begin with `prefix`.
    ///
    /// # Errors
    ///
    /// B0006, B0008.
    pub fn read(sections: &'s Sections, prefix: &str) -> Result<Types<'s>, Failure> {
        let load = |id: gimli::SectionId| {
            let bytes = sections.0.get(id.name()).map_or(&[][..], Vec::as_slice);
            Ok::<_, gimli::Error>(EndianSlice::new(bytes, LittleEndian))
        };
        let dwarf = Dwarf::load(load).map_err(damaged)?;
        let mut units = dwarf.units();
        while let Some(header) = units.next().map_err(damaged)? {
            let unit = dwarf.unit(header).map_err(damaged)?;
            let variables = variables(&dwarf, &unit, prefix).map_err(damaged)?;
            if !variables.is_empty() {
                return Ok(Types {
                    dwarf,
                    unit,
                    variables,
                });
            }
        }
        Err(failure(
            &B0006,
            "the compiler has written no debug information",
        ))
    }

    /// The type of a variable.
    ///
    /// # Errors
    ///
    /// B0008 where there is none.
    pub fn variable(&self, name: &str) -> Result<TypeId, Failure> {
        let ty = self.variables.get(name).copied();
        ty.ok_or_else(|| strange(&format!("there is nothing about `{name}`")))
    }

    fn entry(&self, id: UnitOffset) -> Result<Entry<'s>, Failure> {
        self.unit.entry(id).map_err(damaged)
    }

    fn name(&self, entry: &Entry<'_>) -> Option<String> {
        name(&self.dwarf, &self.unit, entry)
    }

    /// Takes names and qualifiers off.
    ///
    /// # Errors
    ///
    /// B0008.
    pub fn peel(&self, id: TypeId) -> Result<Peeled, Failure> {
        let mut peeled = Peeled {
            node: Node::Void,
            names: Vec::new(),
            is_const: false,
            alignment: None,
        };
        let mut id = id;
        for _ in 0..DEPTH {
            let Some(offset) = id else {
                return Ok(peeled);
            };
            let entry = self.entry(offset)?;
            match entry.tag() {
                dw::DW_TAG_typedef => {
                    peeled.names.extend(self.name(&entry));
                    let alignment = number(&entry, dw::DW_AT_alignment);
                    peeled.alignment = peeled.alignment.or(alignment);
                }
                dw::DW_TAG_const_type => peeled.is_const = true,
                dw::DW_TAG_volatile_type
                | dw::DW_TAG_restrict_type
                | dw::DW_TAG_atomic_type
                | dw::DW_TAG_immutable_type => {}
                _ => {
                    peeled.node = self.node(offset, &entry)?;
                    return Ok(peeled);
                }
            }
            id = type_of(&entry);
        }
        Err(strange("a type stands for itself"))
    }

    fn node(&self, id: UnitOffset, entry: &Entry<'_>) -> Result<Node, Failure> {
        let declared = flag(entry, dw::DW_AT_declaration);
        let size = number(entry, dw::DW_AT_byte_size).filter(|_| !declared);
        Ok(match entry.tag() {
            dw::DW_TAG_base_type => {
                let encoding = match entry.attr_value(dw::DW_AT_encoding) {
                    Some(AttributeValue::Encoding(encoding)) => encoding,
                    _ => return Err(strange("a number has no encoding")),
                };
                let name = self.name(entry).unwrap_or_default();
                let size = size.ok_or_else(|| strange("a number has no size"))?;
                let bits = number(entry, dw::DW_AT_bit_size);
                let is_partial = bits.is_some_and(|bits| Some(bits) != size.checked_mul(8));
                Node::Base {
                    is_partial: is_partial || name.contains("_BitInt"),
                    name,
                    encoding,
                    size,
                }
            }
            dw::DW_TAG_enumeration_type => Node::Enum {
                name: self.name(entry),
                size,
                signed: self.is_signed(id, entry)?,
                id,
            },
            dw::DW_TAG_pointer_type => Node::Pointer(type_of(entry)),
            tag @ (dw::DW_TAG_structure_type | dw::DW_TAG_union_type) => Node::Struct {
                word: match tag {
                    dw::DW_TAG_union_type => "union",
                    _ => "struct",
                },
                name: self.name(entry),
                size,
                id,
                alignment: number(entry, dw::DW_AT_alignment),
            },
            dw::DW_TAG_array_type => {
                let mut counts = Vec::new();
                for child in self.children(id)? {
                    if child.tag() != dw::DW_TAG_subrange_type {
                        continue;
                    }
                    let last = number(&child, dw::DW_AT_upper_bound);
                    let count = last.and_then(|last| last.checked_add(1));
                    counts.push(number(&child, dw::DW_AT_count).or(count));
                }
                Node::Array {
                    element: type_of(entry),
                    counts,
                    is_vector: flag(entry, dw::DW_AT_GNU_vector),
                }
            }
            dw::DW_TAG_subroutine_type => {
                let children = self.children(id)?;
                let has = |tag| children.iter().any(|child| child.tag() == tag);
                let parameters = children
                    .iter()
                    .filter(|child| child.tag() == dw::DW_TAG_formal_parameter);
                Node::Function(Function {
                    is_prototyped: flag(entry, dw::DW_AT_prototyped),
                    is_variadic: has(dw::DW_TAG_unspecified_parameters),
                    parameters: parameters.map(type_of).collect(),
                    result: type_of(entry),
                })
            }
            tag => Node::Other(self.name(entry).unwrap_or_else(|| tag.to_string())),
        })
    }

    /// Whether the integer that an enum is has a sign: as its type says, or else if an enumerator is negative.
    fn is_signed(&self, id: UnitOffset, entry: &Entry<'_>) -> Result<bool, Failure> {
        if let Some(ty) = type_of(entry) {
            let node = self.peel(Some(ty))?.node;
            return Ok(matches!(node, Node::Base { encoding, .. } if is_signed(encoding)));
        }
        let mut enumerators = self.children(id)?.into_iter();
        Ok(enumerators.any(|child| {
            let value = child.attr(dw::DW_AT_const_value);
            let value = value.and_then(gimli::Attribute::sdata_value);
            value.is_some_and(|value| value < 0)
        }))
    }

    fn children(&self, id: UnitOffset) -> Result<Vec<Entry<'s>>, Failure> {
        let mut tree = self.unit.entries_tree(Some(id)).map_err(damaged)?;
        let mut children = tree.root().map_err(damaged)?.children();
        let mut entries = Vec::new();
        while let Some(child) = children.next().map_err(damaged)? {
            entries.push(child.entry().clone());
        }
        Ok(entries)
    }

    /// The enumerators of an enum, in order.
    ///
    /// # Errors
    ///
    /// B0008.
    pub fn enumerators(&self, id: UnitOffset) -> Result<Vec<String>, Failure> {
        let entries = self.children(id)?;
        let enumerators = entries
            .iter()
            .filter(|entry| entry.tag() == dw::DW_TAG_enumerator);
        Ok(enumerators.filter_map(|entry| self.name(entry)).collect())
    }

    /// The fields of a struct or a union, in order.
    ///
    /// # Errors
    ///
    /// B0008.
    pub fn members(&self, id: UnitOffset) -> Result<Vec<Member>, Failure> {
        let entries = self.children(id)?;
        let members = entries
            .iter()
            .filter(|entry| entry.tag() == dw::DW_TAG_member);
        let member = |entry: &Entry<'s>| {
            let bits = number(entry, dw::DW_AT_bit_size);
            Ok(Member {
                name: self.name(entry),
                ty: type_of(entry),
                offset: match entry.attr_value(dw::DW_AT_data_member_location) {
                    Some(AttributeValue::Exprloc(expression)) => {
                        let mut operations = expression.operations(self.unit.encoding());
                        match operations.next().map_err(damaged)? {
                            Some(Operation::PlusConstant { value }) => value,
                            _ => return Err(strange("a field is at a place that is computed")),
                        }
                    }
                    // A union's fields are at its beginning, and newer bit fields are counted in bits.
                    _ => number(entry, dw::DW_AT_data_member_location).unwrap_or(0),
                },
                bits,
                alignment: number(entry, dw::DW_AT_alignment),
            })
        };
        members.map(member).collect()
    }
}

fn name(dwarf: &Dwarf<Bytes<'_>>, unit: &Unit<Bytes<'_>>, entry: &Entry<'_>) -> Option<String> {
    let value = entry.attr_value(dw::DW_AT_name)?;
    let text = dwarf.attr_string(unit, value).ok()?;
    Some(text.to_string_lossy().into_owned())
}

fn variables(
    dwarf: &Dwarf<Bytes<'_>>,
    unit: &Unit<Bytes<'_>>,
    prefix: &str,
) -> gimli::Result<HashMap<String, TypeId>> {
    let mut found = HashMap::new();
    let mut tree = unit.entries_tree(None)?;
    let mut children = tree.root()?.children();
    while let Some(child) = children.next()? {
        let entry = child.entry();
        if entry.tag() != dw::DW_TAG_variable {
            continue;
        }
        if let Some(name) = name(dwarf, unit, entry).filter(|name| name.starts_with(prefix)) {
            found.insert(name, type_of(entry));
        }
    }
    Ok(found)
}

/// Whether numbers of this encoding have a sign.
pub fn is_signed(encoding: dw::DwAte) -> bool {
    matches!(encoding, dw::DW_ATE_signed | dw::DW_ATE_signed_char)
}

/// How C writes a type, with the names by `typedef` that it has.
impl Types<'_> {
    /// The type of something called `declared`, which may be empty, as C declares it: `const char *name`.
    ///
    /// # Errors
    ///
    /// B0008.
    pub fn shown(&self, id: TypeId, declared: &str) -> Result<String, Failure> {
        self.declaration(id, declared.to_owned(), DEPTH, &Cell::new(STEPS))
    }

    fn declaration(
        &self,
        id: TypeId,
        declared: String,
        depth: usize,
        steps: &Cell<usize>,
    ) -> Result<String, Failure> {
        let left = steps.get().checked_sub(1).filter(|_| depth > 0);
        steps.set(left.ok_or_else(|| strange("a type is made of itself"))?);
        let joined = |word: &str| match declared.as_str() {
            "" => word.to_owned(),
            dimensions if dimensions.starts_with('[') => format!("{word}{dimensions}"),
            declared => format!("{word} {declared}"),
        };
        let Some(offset) = id else {
            return Ok(joined("void"));
        };
        let entry = self.entry(offset)?;
        let inner = type_of(&entry);
        let qualified = |word: &str| -> Result<String, Failure> {
            // `const` of a pointer follows its star, of all else it comes first.
            let is_pointer = match inner {
                Some(inner) => self.entry(inner)?.tag() == dw::DW_TAG_pointer_type,
                None => false,
            };
            match is_pointer {
                true => self.declaration(inner, joined(word), depth - 1, steps),
                false => {
                    let rest = self.declaration(inner, declared.clone(), depth - 1, steps)?;
                    Ok(format!("{word} {rest}"))
                }
            }
        };
        match entry.tag() {
            dw::DW_TAG_const_type => qualified("const"),
            dw::DW_TAG_volatile_type => qualified("volatile"),
            dw::DW_TAG_atomic_type => qualified("_Atomic"),
            dw::DW_TAG_restrict_type | dw::DW_TAG_immutable_type => {
                self.declaration(inner, declared, depth - 1, steps)
            }
            dw::DW_TAG_pointer_type => {
                self.declaration(inner, format!("*{declared}"), depth - 1, steps)
            }
            dw::DW_TAG_array_type => {
                let mut declared = parenthesised(declared);
                if let Node::Array { counts, .. } = self.node(offset, &entry)? {
                    for count in counts {
                        let count = count.map_or(String::new(), |count| count.to_string());
                        declared = format!("{declared}[{count}]");
                    }
                }
                self.declaration(inner, declared, depth - 1, steps)
            }
            dw::DW_TAG_subroutine_type => {
                let Node::Function(function) = self.node(offset, &entry)? else {
                    return Ok(joined("void"));
                };
                let mut list = Vec::new();
                for parameter in &function.parameters {
                    list.push(self.declaration(*parameter, String::new(), depth - 1, steps)?);
                }
                match (function.is_prototyped, function.is_variadic) {
                    (true, true) => list.push("...".to_owned()),
                    (true, false) if list.is_empty() => list.push("void".to_owned()),
                    _ => {}
                }
                let declared = format!("{}({})", parenthesised(declared), list.join(", "));
                self.declaration(function.result, declared, depth - 1, steps)
            }
            tag => {
                let word = match tag {
                    dw::DW_TAG_structure_type => "struct ",
                    dw::DW_TAG_union_type => "union ",
                    dw::DW_TAG_enumeration_type => "enum ",
                    _ => "",
                };
                let name = self.name(&entry);
                Ok(joined(&match (word, name) {
                    (word, Some(name)) => format!("{word}{name}"),
                    ("", None) => tag.to_string(),
                    (word, None) => format!("{word}{{ .. }}"),
                }))
            }
        }
    }
}

/// A declarator that something follows.
fn parenthesised(declared: String) -> String {
    match declared.starts_with('*') {
        true => format!("({declared})"),
        false => declared,
    }
}
