//! Which members of archives take part.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use vbc_core::diag::Errors;

use super::archive::{Archive, defined_names, wanted_names};
use super::object::Input;
use super::options::Options;

/// An operand of the linker.
pub enum Source {
    /// A module.
    Module(Box<Input>),
    /// An archive, of which members are taken as they are needed.
    Archive(Archive),
}

/// Why a member of an archive takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The member, `libx.a(list.vitbc)`.
    pub member: Arc<str>,
    /// The symbol that it was taken for.
    pub symbol: String,
    /// The input that wants it; none when a flag does.
    pub by: Option<Arc<str>>,
}

/// Something that a module wants: a symbol, or an import that an export may satisfy.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Want {
    import: bool,
    name: String,
}

/// The modules among the sources and the members of archives that they need, in the order of
/// operands and members.
///
/// # Errors
///
/// What is wrong with a member that is taken, or with the index of its archive (L0014).
pub fn select(sources: Vec<Source>, options: &Options) -> Result<(Vec<Input>, Vec<Taken>), Errors> {
    let has_archives = sources.iter().any(|s| matches!(s, Source::Archive(_)));
    let mut selection = Selection::default();
    if has_archives {
        for (place, source) in sources.iter().enumerate() {
            match source {
                Source::Module(input) => selection.add_names(input),
                Source::Archive(archive) => {
                    for (name, member) in archive.definitions(&options.limits)? {
                        let member = (place, member);
                        selection.offered.entry(name).or_default().push(member);
                    }
                }
            }
        }
        selection.want_flags(options);
        for source in &sources {
            if let Source::Module(input) = source {
                selection.want(input);
            }
        }
        selection.run(&sources, options)?;
    }
    let Selection {
        mut members, taken, ..
    } = selection;
    let mut inputs = Vec::new();
    for (place, source) in sources.into_iter().enumerate() {
        match source {
            Source::Module(input) => inputs.push(*input),
            Source::Archive(archive) => {
                let numbers = 0..archive.len();
                inputs.extend(numbers.filter_map(|member| members.remove(&(place, member))));
            }
        }
    }
    Ok((inputs, taken))
}

/// An archive's place among the operands, and the number of a member.
type MemberId = (usize, usize);

#[derive(Default)]
struct Selection {
    /// Which members define a name, by the archives' indexes, the first one first.
    offered: HashMap<String, Vec<MemberId>>,
    defined: HashSet<Want>,
    /// What is wanted and has not been looked at, with who wants it.
    open: std::collections::VecDeque<(Want, Option<Arc<str>>)>,
    members: HashMap<MemberId, Input>,
    taken: Vec<Taken>,
}

impl Selection {
    fn add_names(&mut self, input: &Input) {
        let names = defined_names(&input.module);
        self.defined.extend(names.map(|(import, name)| Want {
            import,
            name: name.to_owned(),
        }));
    }

    fn want(&mut self, input: &Input) {
        for (import, name) in wanted_names(&input.module) {
            // What no archive has need not be remembered.
            if self.offered.contains_key(&name) {
                let want = Want { import, name };
                self.open.push_back((want, Some(input.name.clone())));
            }
        }
    }

    fn want_flags(&mut self, options: &Options) {
        let exports = options.exports.iter().map(|(symbol, _)| symbol);
        for name in options.entry.iter().chain(exports).chain(&options.keep) {
            let name = name.clone();
            let import = false;
            self.open.push_back((Want { import, name }, None));
        }
    }

    fn run(&mut self, sources: &[Source], options: &Options) -> Result<(), Errors> {
        while let Some((want, by)) = self.open.pop_front() {
            if self.defined.contains(&want) {
                continue;
            }
            let offers = self.offered.get(&want.name).cloned().unwrap_or_default();
            for (place, member) in offers {
                let Some(Source::Archive(archive)) = sources.get(place) else {
                    continue;
                };
                if self.members.contains_key(&(place, member)) {
                    continue;
                }
                let input = archive.open(member, &options.limits)?;
                let names = defined_names(&input.module);
                let same = names.filter(|(_, name)| *name == want.name);
                let kinds: Vec<bool> = same.map(|(import, _)| import).collect();
                if kinds.is_empty() {
                    return Err(archive.lying_index(&want.name, member).into());
                }
                if !kinds.contains(&want.import) {
                    // A symbol that is called like an import, or the other way round.
                    continue;
                }
                self.add_names(&input);
                self.want(&input);
                self.taken.push(Taken {
                    member: input.name.clone(),
                    symbol: want.name.clone(),
                    by: by.clone(),
                });
                self.members.insert((place, member), input);
                break;
            }
        }
        Ok(())
    }
}
