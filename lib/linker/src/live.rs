//! Dead code: what nothing in the result needs.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};

use vbc_core::isa::IndexSpace;
use vbc_core::module::{Binding, DataKind, Definition, ElementMode, InitKind, Kind, Module, NONE};

use super::parallel;
use super::queries::{Named, WhyLive};
use super::resolve::{Def, Resolution, Resolver};
use super::roots::Roots;

/// The number of a node that nothing has reached.
const DEAD: u32 = u32::MAX;

/// Nodes that a thread looks at in one go.
const CHUNK: usize = 256;

/// The place of element segments among the kinds.
const ELEMENT: usize = Kind::ALL.len();

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
    nodes: Nodes,
    /// For each node one that needs it, of those nearest to a root the one with the least number:
    /// [`DEAD`], or after the last node the number of a reason.
    parents: Vec<u32>,
    /// Why something is needed by itself.
    reasons: Vec<String>,
}

/// Numbers for everything that can be left out: by input, kind and place, imports of the result last.
struct Nodes {
    /// For each input, the number of its first node of each kind.
    bases: Vec<[u32; ELEMENT + 1]>,
    /// The number of the first import of the result.
    imports: u32,
    /// The number of nodes.
    count: usize,
}

/// Finds out what is needed.
pub(super) fn mark(resolver: &Resolver<'_, '_>, roots: &Roots) -> Liveness {
    let mut marker = Marker::new(resolver);
    marker.roots(roots);
    marker.run()
}

impl Nodes {
    fn new(resolver: &Resolver<'_, '_>) -> Nodes {
        let mut bases = Vec::with_capacity(resolver.objects.len());
        let mut next = 0_u32;
        for object in resolver.objects.iter() {
            let mut base = [0; ELEMENT + 1];
            for kind in Kind::ALL {
                base[kind as usize] = next;
                next += object.defined(kind) as u32;
            }
            base[ELEMENT] = next;
            next += object.module.elements.len() as u32;
            bases.push(base);
        }
        Nodes {
            bases,
            imports: next,
            count: next as usize + resolver.imports.len(),
        }
    }

    fn number(&self, node: Node) -> u32 {
        match self.bases.get(node.object) {
            Some(base) => base[node.slot].saturating_add(node.number as u32),
            None => self.imports.saturating_add(node.number as u32),
        }
    }

    fn node(&self, number: u32) -> Node {
        if number >= self.imports {
            return Node::import((number - self.imports) as usize);
        }
        let object = self.bases.partition_point(|base| base[0] <= number);
        let object = object.saturating_sub(1);
        let base = self.bases.get(object).copied().unwrap_or_default();
        // Of kinds without definitions several begin at the same number; the last one is meant.
        let slot = base.iter().rposition(|&first| first <= number).unwrap_or(0);
        Node {
            object,
            slot,
            number: (number - base[slot]) as usize,
        }
    }
}

/// For each kind the number of the node of each index of an input, [`DEAD`] for none.
type Table = [Vec<u32>; Kind::ALL.len()];

struct Marker<'r, 'o, 'a> {
    resolver: &'r Resolver<'o, 'a>,
    nodes: Nodes,
    /// By input.
    tables: Vec<Table>,
    /// For each defined table the active segments that write to it, if they certainly fit.
    segments: HashMap<u32, Vec<u32>>,
    parents: Vec<AtomicU32>,
    reasons: Vec<String>,
    /// Reached, but not looked at.
    open: Vec<u32>,
}

impl<'r, 'o, 'a> Marker<'r, 'o, 'a> {
    fn new(resolver: &'r Resolver<'o, 'a>) -> Self {
        let nodes = Nodes::new(resolver);
        let redirect: HashMap<Def, Def> = resolver.replacements().collect();
        let tables = parallel::map(resolver.objects, |number, object| {
            Kind::ALL.map(|kind| {
                let indexes = 0..object.spaces.count(kind);
                let number = |index| node_of(resolver, &redirect, (number, kind, index));
                let numbers =
                    indexes.map(|index| number(index).map_or(DEAD, |node| nodes.number(node)));
                numbers.collect()
            })
        });
        let parents = (0..nodes.count).map(|_| AtomicU32::new(DEAD)).collect();
        let mut marker = Marker {
            resolver,
            nodes,
            tables,
            segments: HashMap::new(),
            parents,
            reasons: Vec::new(),
            open: Vec::new(),
        };
        marker.collect_segments();
        marker
    }

    fn index(&self, object: usize, kind: Kind, index: u32) -> u32 {
        let table = self.tables.get(object).map(|table| &table[kind as usize]);
        let number = table.and_then(|table| table.get(index as usize));
        number.copied().unwrap_or(DEAD)
    }

    fn need_by_itself(&mut self, number: u32, reason: impl FnOnce() -> String) {
        let next = (self.parents.len() + self.reasons.len()) as u32;
        if let Some(parent) = self.parents.get_mut(number as usize)
            && *parent.get_mut() == DEAD
        {
            *parent.get_mut() = next;
            self.reasons.push(reason());
            self.open.push(number);
        }
    }

    fn collect_segments(&mut self) {
        for (number, object) in self.resolver.objects.iter().enumerate() {
            for (segment, row) in object.module.elements.iter().enumerate() {
                if ElementMode::from_code(row.mode) != Some(ElementMode::Active) {
                    continue;
                }
                let node = self.nodes.number(Node {
                    object: number,
                    slot: ELEMENT,
                    number: segment,
                });
                let table = self.index(number, Kind::Table, row.table);
                match table != DEAD && self.fits(self.nodes.node(table), row.offset, row.count) {
                    true => self.segments.entry(table).or_default().push(node),
                    false => self.need_by_itself(node, || {
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
            let number = self.index(object, Kind::Func, index);
            self.need_by_itself(number, || "is the entry".to_owned());
        }
        for (object, input) in resolver.objects.iter().enumerate() {
            for row in input.module.exports.iter() {
                let Some(kind) = row.kind() else { continue };
                let number = self.index(object, kind, row.index);
                let name = input.module.strings.get(row.name);
                self.need_by_itself(number, || format!("is exported as `{name}`"));
            }
        }
        for (name, object, kind, index) in &roots.exports {
            let number = self.index(*object, *kind, *index);
            self.need_by_itself(number, || format!("is exported as `{name}`"));
        }
        for (name, def) in &roots.keep {
            let number = self.nodes.number((*def).into());
            self.need_by_itself(number, || format!("is kept by --keep {name}"));
        }
        for (object, input) in resolver.objects.iter().enumerate() {
            for &index in input.module.initialisers.iter() {
                let number = self.index(object, Kind::Func, index);
                self.need_by_itself(number, || "is an initialiser".to_owned());
            }
            for (row, data) in input.module.data.iter().enumerate() {
                if data.kind() == Some(DataKind::Fixed) {
                    let number = self.nodes.number((object, Kind::Data, row).into());
                    self.need_by_itself(number, || "lies at a fixed address".to_owned());
                }
            }
        }
        for (at, wanted) in resolver.imports.iter().enumerate() {
            if wanted.row.kind() == Some(Kind::Memory) {
                let number = self.nodes.number(Node::import(at));
                self.need_by_itself(number, || "is the memory".to_owned());
            }
        }
    }

    /// Follows what is needed, one step away from the roots at a time. What a step reaches, and which
    /// parent each node gets, does not depend on who goes first.
    fn run(mut self) -> Liveness {
        let mut done = vec![false; self.nodes.count];
        let mut open = std::mem::take(&mut self.open);
        while !open.is_empty() {
            for &number in &open {
                done[number as usize] = true;
            }
            let chunks: Vec<&[u32]> = open.chunks(CHUNK).collect();
            let next = parallel::map(&chunks, |_, chunk| {
                let mut reached = Vec::new();
                for &number in *chunk {
                    self.visit(number, |needed| {
                        let at = needed as usize;
                        if done.get(at) == Some(&false)
                            && self.parents[at].fetch_min(number, Ordering::Relaxed) == DEAD
                        {
                            reached.push(needed);
                        }
                    });
                }
                reached
            });
            // In order, so that what lies together is looked at together.
            open = next.concat();
            open.sort_unstable();
        }
        let parents = self.parents.into_iter().map(AtomicU32::into_inner);
        Liveness {
            nodes: self.nodes,
            parents: parents.collect(),
            reasons: self.reasons,
        }
    }

    /// Calls `need` with everything that a node needs.
    fn visit(&self, number: u32, mut need: impl FnMut(u32)) {
        let node = self.nodes.node(number);
        let Some(object) = self.resolver.objects.get(node.object) else {
            return;
        };
        let module: &Module = object.module;
        let row = node.number;
        let index = |kind, index| self.index(node.object, kind, index);
        match Kind::from_code(node.slot as u32) {
            Some(Kind::Func) => self.code(node.object, row, need),
            Some(Kind::Table) => {
                let segments = self.segments.get(&number);
                segments
                    .into_iter()
                    .flatten()
                    .for_each(|&segment| need(segment));
            }
            // Nothing is needed by a tag or the memory.
            Some(Kind::Memory | Kind::Tag) => {}
            Some(Kind::Global) => {
                let Some(row) = module.globals.get(row) else {
                    return;
                };
                match InitKind::from_code(row.init) {
                    Some(InitKind::Func) => need(index(Kind::Func, row.index)),
                    Some(InitKind::Data) => need(index(Kind::Data, row.index)),
                    _ => {}
                }
            }
            Some(Kind::Data) => {
                let own = object.spaces.index_of(Kind::Data, row);
                let addresses = &module.addresses;
                let first = addresses.partition_point(|row| row.data < own);
                let held = addresses.iter().skip(first);
                for address in held.take_while(|row| row.data == own) {
                    need(index(Kind::Data, address.target));
                }
            }
            None => {
                let segment = module.elements.get(row);
                if let Some(segment) = segment
                    && ElementMode::from_code(segment.mode) == Some(ElementMode::Active)
                {
                    need(index(Kind::Table, segment.table));
                }
                let items = module.element_items(row).iter();
                for &function in items.filter(|&&function| function != NONE) {
                    need(index(Kind::Func, function));
                }
            }
        }
    }

    fn code(&self, object: usize, function: usize, mut need: impl FnMut(u32)) {
        let elements = self.nodes.bases[object][ELEMENT];
        let input = &self.resolver.objects[object];
        input.refers_to(function, |space, index| match space {
            IndexSpace::Func => need(self.index(object, Kind::Func, index)),
            IndexSpace::Table => need(self.index(object, Kind::Table, index)),
            IndexSpace::Global => need(self.index(object, Kind::Global, index)),
            IndexSpace::Data => need(self.index(object, Kind::Data, index)),
            IndexSpace::Tag => need(self.index(object, Kind::Tag, index)),
            IndexSpace::Elem => need(elements.saturating_add(index)),
            IndexSpace::Memory | IndexSpace::Type => {}
        });
    }
}

/// What an index of an input means in the result. The memory is nobody's business here.
fn node_of(
    resolver: &Resolver<'_, '_>,
    redirect: &HashMap<Def, Def>,
    (object, kind, index): (usize, Kind, u32),
) -> Option<Node> {
    if kind == Kind::Memory {
        return None;
    }
    let def = match resolver.objects[object].spaces.get(kind, index)? {
        Definition::Defined(defined) => (object, kind, defined),
        Definition::Import(row) => match *resolver.targets.get(object)?.get(row)? {
            Resolution::Import(at) => return Some(Node::import(at)),
            Resolution::Defined {
                object,
                kind,
                defined,
            } => (object, kind, defined),
            Resolution::Unused | Resolution::Open => return None,
        },
    };
    match resolver.objects[def.0].keeps(def.1, def.2) {
        true => Some(def.into()),
        false => redirect.get(&def).map(|&by| by.into()),
    }
}

/// Leaves out what only definitions needed that others replace: what has no symbol but a local one, and
/// nothing else refers to. So a weak definition takes its helpers with it, as a group of sections does.
pub(super) fn sweep_followers(resolver: &mut Resolver<'_, '_>) -> Vec<Named> {
    let lost: Vec<Def> = resolver.replacements().map(|(lost, _)| lost).collect();
    if lost.is_empty() {
        return Vec::new();
    }
    let mut from_lost = Marker::new(resolver);
    for def in lost {
        let number = from_lost.nodes.number(def.into());
        from_lost.need_by_itself(number, String::new);
    }
    let reached = from_lost.run();
    let followers = followers(resolver, &reached);
    let mut from_others = Marker::new(resolver);
    for number in (0..from_others.nodes.count as u32).filter(|number| !followers.contains(number)) {
        let node = from_others.nodes.node(number);
        let kept = match (
            resolver.objects.get(node.object),
            Kind::from_code(node.slot as u32),
        ) {
            (Some(object), Some(kind)) => object.keeps(kind, node.number),
            _ => true,
        };
        if kept {
            from_others.need_by_itself(number, String::new);
        }
    }
    let live = from_others.run();
    let mut left_out = Vec::new();
    let mut dead: Vec<u32> = followers
        .into_iter()
        .filter(|&number| !live.has(number))
        .collect();
    dead.sort_unstable();
    for number in dead {
        let node = live.nodes.node(number);
        if let Some(kind) = Kind::from_code(node.slot as u32) {
            let object = &mut resolver.objects[node.object];
            left_out.push(Named::definition(object, kind, node.number));
            object.drop(kind, node.number);
        }
    }
    left_out
}

/// Of what was reached, the definitions that only their own input can refer to and that do nothing by
/// themselves.
fn followers(resolver: &Resolver<'_, '_>, reached: &Liveness) -> HashSet<u32> {
    let mut acting: HashSet<(usize, Kind, u32)> = HashSet::new();
    for (number, object) in resolver.objects.iter().enumerate() {
        let module = object.module;
        let exports = module.exports.iter();
        let exported = exports.filter_map(|row| Some((number, row.kind()?, row.index)));
        acting.extend(exported);
        let called = module.entry.iter().chain(module.initialisers.iter());
        acting.extend(called.map(|&index| (number, Kind::Func, index)));
    }
    let numbers = (0..reached.nodes.imports).filter(|&number| reached.has(number));
    numbers
        .filter(|&number| {
            let node = reached.nodes.node(number);
            let object = &resolver.objects[node.object];
            let Some(kind) = Kind::from_code(node.slot as u32) else {
                return false;
            };
            let module = object.module;
            let index = object.spaces.index_of(kind, node.number);
            let is_seen = module
                .symbol(kind, index)
                .is_some_and(|row| row.binding() != Binding::Local);
            let acts = acting.contains(&(node.object, kind, index))
                || kind == Kind::Data && module.data[node.number].kind() == Some(DataKind::Fixed);
            object.keeps(kind, node.number) && !is_seen && !acts
        })
        .collect()
}

impl Liveness {
    fn has(&self, number: u32) -> bool {
        let parent = self.parents.get(number as usize);
        parent.is_some_and(|&parent| parent != DEAD)
    }

    fn is_live(&self, node: Node) -> bool {
        self.has(self.nodes.number(node))
    }

    /// Leaves out everything that is not needed, and reports what that was.
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
        let mut parent = self.parents.get(self.nodes.number(def.into()) as usize);
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
        let node = self.nodes.node(number);
        let object = &resolver.objects[node.object];
        match Kind::from_code(node.slot as u32) {
            Some(kind) => Named::definition(object, kind, node.number),
            None => Named::element(object, node.number),
        }
    }
}
