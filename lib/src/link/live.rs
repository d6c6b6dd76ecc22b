//! Dead code: what nothing in the result needs.

use std::collections::{HashMap, VecDeque};

use crate::module::renumber::{IndexSpace, indexes};
use crate::module::{DataKind, Definition, ElementMode, InitKind, Kind, Module, NONE};

use super::object::Object;
use super::resolve::{Def, Resolver, Target};
use super::roots::Roots;
use super::tell::{Named, WhyLive};

/// The number of a node that nothing has reached.
const DEAD: u32 = u32::MAX;

/// The place of element segments among the kinds.
const ELEMENT: usize = 5;

/// A thing that can be left out: in which input, of which kind ([`ELEMENT`] for a segment), the number
/// among the definitions of that kind. An import of the result has [`NONE`] as its input.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Node {
    object: usize,
    slot: usize,
    number: usize,
}

impl Node {
    fn import(number: usize) -> Node {
        Node {
            object: usize::MAX,
            slot: 0,
            number,
        }
    }
}

impl From<Def> for Node {
    fn from((object, kind, number): Def) -> Node {
        Node {
            object,
            slot: kind as usize,
            number,
        }
    }
}

/// What is needed, and by what.
pub(super) struct Liveness {
    /// For each input, the number of its first node of each kind.
    bases: Vec<[u32; 6]>,
    /// The number of the first import of the result.
    imports: u32,
    /// For each node the one that was the first to need it: [`DEAD`], or behind the last node the
    /// number of a root reason.
    parents: Vec<u32>,
    /// Why something is needed by itself.
    reasons: Vec<String>,
}

/// Finds out what is needed.
pub(super) fn mark(resolver: &Resolver<'_, '_>, roots: &Roots) -> Liveness {
    let mut bases = Vec::with_capacity(resolver.objects.len());
    let mut next = 0_u32;
    for object in resolver.objects.iter() {
        let mut base = [0; 6];
        for kind in Kind::ALL {
            base[kind as usize] = next;
            next += object.defined(kind) as u32;
        }
        base[ELEMENT] = next;
        next += object.module.elements.len() as u32;
        bases.push(base);
    }
    let total = next as usize + resolver.imports.len();
    let mut marker = Marker {
        resolver,
        redirect: resolver.replacements().collect(),
        segments: HashMap::new(),
        open: VecDeque::new(),
        found: Liveness {
            bases,
            imports: next,
            parents: vec![DEAD; total],
            reasons: Vec::new(),
        },
    };
    marker.collect_segments();
    marker.roots(roots);
    while let Some((number, node)) = marker.open.pop_front() {
        marker.visit(number, node);
    }
    marker.found
}

struct Marker<'r, 'o, 'a> {
    resolver: &'r Resolver<'o, 'a>,
    redirect: HashMap<Def, Def>,
    /// For each defined table the active segments that write to it.
    segments: HashMap<u32, Vec<Node>>,
    /// Reached, but not looked at.
    open: VecDeque<(u32, Node)>,
    found: Liveness,
}

impl Marker<'_, '_, '_> {
    /// What an index of an input means in the result.
    fn node(&self, object: usize, kind: Kind, index: u32) -> Option<Node> {
        let def = match self.resolver.objects[object].spaces.get(kind, index)? {
            Definition::Defined(defined) => (object, kind, defined),
            Definition::Import(row) => match *self.resolver.targets.get(object)?.get(row)? {
                Target::Import(at) => return Some(Node::import(at)),
                Target::Defined {
                    object,
                    kind,
                    defined,
                } => (object, kind, defined),
                Target::Unused | Target::Open => return None,
            },
        };
        match self.resolver.objects[def.0].keeps(def.1, def.2) {
            true => Some(def.into()),
            false => self.redirect.get(&def).map(|&by| by.into()),
        }
    }

    fn need(&mut self, node: Node, by: u32) {
        let number = self.found.number(node);
        if let Some(parent) = self.found.parents.get_mut(number as usize)
            && *parent == DEAD
        {
            *parent = by;
            self.open.push_back((number, node));
        }
    }

    fn need_index(&mut self, object: usize, kind: Kind, index: u32, by: u32) {
        if let Some(node) = self.node(object, kind, index) {
            self.need(node, by);
        }
    }

    fn need_by_itself(&mut self, node: Option<Node>, reason: impl FnOnce() -> String) {
        let Some(node) = node else { return };
        let number = self.found.number(node) as usize;
        if self.found.parents.get(number) == Some(&DEAD) {
            let reason_number = self.found.parents.len() + self.found.reasons.len();
            self.found.reasons.push(reason());
            self.need(node, reason_number as u32);
        }
    }

    fn collect_segments(&mut self) {
        for (number, object) in self.resolver.objects.iter().enumerate() {
            for (segment, row) in object.module.elements.iter().enumerate() {
                if ElementMode::from_code(row.mode) != Some(ElementMode::Active) {
                    continue;
                }
                let node = Node {
                    object: number,
                    slot: ELEMENT,
                    number: segment,
                };
                let table = self.node(number, Kind::Table, row.table);
                let fits = table.is_some_and(|table| self.fits(table, row.offset, row.count));
                match table {
                    Some(table) if fits => {
                        let table = self.found.number(table);
                        self.segments.entry(table).or_default().push(node);
                    }
                    _ => self.need_by_itself(Some(node), || {
                        "writes to a table of the host, or to one that it may not fit".to_owned()
                    }),
                }
            }
        }
    }

    /// Whether an active segment certainly fits the table, which the module defines.
    fn fits(&self, table: Node, offset: u64, count: u32) -> bool {
        let object = self.resolver.objects.get(table.object);
        let row = object.and_then(|object| object.module.tables.get(table.number));
        let end = offset.checked_add(count.into());
        row.is_some_and(|row| end.is_some_and(|end| end <= row.min))
    }

    fn roots(&mut self, roots: &Roots) {
        let resolver = self.resolver;
        let entries: Vec<(usize, u32)> = match roots.entry {
            Some(entry) => vec![entry],
            None => {
                let objects = resolver.objects.iter().enumerate();
                objects
                    .filter_map(|(number, object)| Some((number, object.module.entry?)))
                    .collect()
            }
        };
        for (object, index) in entries {
            let node = self.node(object, Kind::Func, index);
            self.need_by_itself(node, || "is the entry".to_owned());
        }
        for (number, object) in resolver.objects.iter().enumerate() {
            self.exports_of(number, object);
        }
        for (name, object, kind, index) in &roots.exports {
            let node = self.node(*object, *kind, *index);
            self.need_by_itself(node, || format!("is exported as `{name}`"));
        }
        for (name, def) in &roots.keep {
            self.need_by_itself(Some((*def).into()), || format!("is kept by --keep {name}"));
        }
        for (number, object) in resolver.objects.iter().enumerate() {
            for &index in object.module.initialisers.iter() {
                let node = self.node(number, Kind::Func, index);
                self.need_by_itself(node, || "is an initialiser".to_owned());
            }
            for (row, data) in object.module.data.iter().enumerate() {
                if data.kind() == Some(DataKind::Fixed) {
                    let node = Node::from((number, Kind::Data, row));
                    self.need_by_itself(Some(node), || "lies at a fixed address".to_owned());
                }
            }
        }
        for (at, wanted) in resolver.imports.iter().enumerate() {
            if wanted.row.kind() == Some(Kind::Memory) {
                self.need_by_itself(Some(Node::import(at)), || "is the memory".to_owned());
            }
        }
    }

    fn exports_of(&mut self, number: usize, object: &Object<'_>) {
        for row in object.module.exports.iter() {
            let Some(kind) = row.kind().filter(|&kind| kind != Kind::Memory) else {
                continue;
            };
            let node = self.node(number, kind, row.index);
            self.need_by_itself(node, || {
                format!("is exported as `{}`", object.module.strings.get(row.name))
            });
        }
    }

    /// Needs everything that a node needs.
    fn visit(&mut self, number: u32, node: Node) {
        let resolver = self.resolver;
        let Some(object) = resolver.objects.get(node.object) else {
            return;
        };
        let module: &Module = object.module;
        let row = node.number;
        match Kind::from_code(node.slot as u32) {
            Some(Kind::Func) => self.code(number, node.object, module.function_code(row)),
            Some(Kind::Table) => {
                for segment in self.segments.remove(&number).unwrap_or_default() {
                    self.need(segment, number);
                }
            }
            Some(Kind::Memory) => {}
            Some(Kind::Global) => {
                let row = module.globals.get(row);
                let Some((init, index)) = row.map(|row| (row.init, row.index)) else {
                    return;
                };
                match InitKind::from_code(init) {
                    Some(InitKind::Func) => self.need_index(node.object, Kind::Func, index, number),
                    Some(InitKind::Data) => self.need_index(node.object, Kind::Data, index, number),
                    _ => {}
                }
            }
            Some(Kind::Data) => {
                let index = object.spaces.index_of(Kind::Data, row);
                let addresses = &module.addresses;
                let first = addresses.partition_point(|row| row.data < index);
                let own = addresses.iter().skip(first);
                for address in own.take_while(|row| row.data == index) {
                    self.need_index(node.object, Kind::Data, address.target, number);
                }
            }
            None => {
                let segment = module.elements.get(row);
                if let Some(segment) = segment
                    && ElementMode::from_code(segment.mode) == Some(ElementMode::Active)
                {
                    self.need_index(node.object, Kind::Table, segment.table, number);
                }
                for &function in module.element_items(row) {
                    if function != NONE {
                        self.need_index(node.object, Kind::Func, function, number);
                    }
                }
            }
        }
    }

    fn code(&mut self, number: u32, object: usize, code: &[u64]) {
        indexes(code, |space, index, _| {
            let kind = match space {
                IndexSpace::Func => Kind::Func,
                IndexSpace::Table => Kind::Table,
                IndexSpace::Global => Kind::Global,
                IndexSpace::Data => Kind::Data,
                IndexSpace::Elem => {
                    let node = Node {
                        object,
                        slot: ELEMENT,
                        number: index as usize,
                    };
                    return self.need(node, number);
                }
                IndexSpace::Memory | IndexSpace::Type => return,
            };
            self.need_index(object, kind, index, number);
        });
    }
}

impl Liveness {
    fn number(&self, node: Node) -> u32 {
        match self.bases.get(node.object) {
            Some(base) => base[node.slot].saturating_add(node.number as u32),
            None => self.imports.saturating_add(node.number as u32),
        }
    }

    fn is_live(&self, node: Node) -> bool {
        let parent = self.parents.get(self.number(node) as usize);
        parent.is_some_and(|&parent| parent != DEAD)
    }

    /// Leaves everything out that is not needed, and says what that was.
    pub fn sweep(&self, resolver: &mut Resolver<'_, '_>) -> Vec<Named> {
        let mut left_out = Vec::new();
        for (number, object) in resolver.objects.iter_mut().enumerate() {
            for kind in Kind::ALL {
                // The memory stays.
                if kind == Kind::Memory {
                    continue;
                }
                for defined in 0..object.defined(kind) {
                    if object.keeps(kind, defined)
                        && !self.is_live(Node::from((number, kind, defined)))
                    {
                        object.drop(kind, defined);
                        left_out.push(Named::definition(object, kind, defined));
                    }
                }
            }
            for segment in 0..object.module.elements.len() {
                let node = Node {
                    object: number,
                    slot: ELEMENT,
                    number: segment,
                };
                if !self.is_live(node) {
                    object.drop_element(segment);
                    left_out.push(Named::element(object, segment));
                }
            }
        }
        resolver.retain_imports(|at| self.is_live(Node::import(at)));
        left_out
    }

    /// Why a definition is in the result.
    pub fn why(&self, resolver: &Resolver<'_, '_>, symbol: &str) -> WhyLive {
        let mut why = WhyLive {
            symbol: symbol.to_owned(),
            chain: Vec::new(),
            root: None,
        };
        let def = resolver.symbols.get(symbol);
        let Some(def) = def.and_then(|symbol| resolver.definition_of(symbol)) else {
            return why;
        };
        why.chain
            .push(Named::definition(&resolver.objects[def.0], def.1, def.2));
        let mut parent = self.parents.get(self.number(def.into()) as usize);
        while let Some(&number) = parent {
            if number == DEAD {
                return why;
            }
            if let Some(reason) = (number as usize).checked_sub(self.parents.len()) {
                why.root = self.reasons.get(reason).cloned();
                return why;
            }
            why.chain.push(self.named(resolver, number));
            parent = self.parents.get(number as usize);
        }
        why
    }

    /// What the node with a number is.
    fn named(&self, resolver: &Resolver<'_, '_>, number: u32) -> Named {
        let object = self.bases.partition_point(|base| base[0] <= number);
        let object = object.saturating_sub(1);
        let base = self.bases.get(object).copied().unwrap_or_default();
        // Of kinds without definitions several begin at the same number; the last one is meant.
        let slot = base.iter().rposition(|&first| first <= number).unwrap_or(0);
        let defined = (number - base[slot]) as usize;
        let object = &resolver.objects[object];
        match Kind::from_code(slot as u32) {
            Some(kind) => Named::definition(object, kind, defined),
            None => Named::element(object, defined),
        }
    }
}
