//! How often cells run one after the other, and the choice of superinstructions from that.
//!
//! A recording predecoder joins no cells. Before each cell that could be the second half of a superinstruction it puts
//! one that counts. Nothing of this exists in ordinary builds.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::cell::Cell;
use super::machine::Forwarded;

/// The phase of an `Observe` cell that counts.
pub(super) const ADJACENT: u16 = 3;

/// In the order of the data file.
const OPERANDS: [(Forwarded, &str); 5] = [
    (Forwarded::A, " a"),
    (Forwarded::B, " b"),
    (Forwarded::C, " c"),
    (Forwarded::D, " d"),
    (Forwarded::Nothing, ""),
];

/// Two cells that are or could be joined, and which operand of the second one is the first one's result.
///
/// The order is that of the list of cells.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Superinstruction {
    first: u16,
    second: u16,
    operand: u8,
}

impl Superinstruction {
    /// How many numbers there are.
    const NUMBERS: usize = Cell::ALL.len() * Cell::ALL.len() * OPERANDS.len();

    pub(super) fn new(first: Cell, second: Cell, forwarded: Forwarded) -> Superinstruction {
        let operand = OPERANDS
            .iter()
            .position(|&(operand, _)| operand == forwarded);
        Superinstruction {
            first: first as u16,
            second: second as u16,
            operand: operand.unwrap_or_default() as u8,
        }
    }

    /// Whether the two cells can be joined at all. Neither is called: those have no semantics that could be inlined.
    /// Neither is a safepoint: the second half has no place of its own at which the engine could be entered again, and
    /// after a first one that calls another cell would follow.
    pub(super) fn is_possible(self) -> bool {
        let can = |cell: u16| {
            let cell = Cell::ALL[usize::from(cell)];
            !cell.is_called() && !cell.columns().safepoint
        };
        can(self.first) && can(self.second)
    }

    pub(super) fn number(self) -> u32 {
        let cells = usize::from(self.first) * Cell::ALL.len() + usize::from(self.second);
        (cells * OPERANDS.len() + usize::from(self.operand)) as u32
    }

    fn from_number(number: usize) -> Superinstruction {
        let (cells, operand) = (number / OPERANDS.len(), number % OPERANDS.len());
        Superinstruction {
            first: (cells / Cell::ALL.len()) as u16,
            second: (cells % Cell::ALL.len()) as u16,
            operand: operand as u8,
        }
    }
}

impl fmt::Display for Superinstruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |cell: u16| Cell::ALL[usize::from(cell)];
        let operand = OPERANDS[usize::from(self.operand)].1;
        write!(f, "{:?} {:?}{operand}", name(self.first), name(self.second))
    }
}

impl FromStr for Superinstruction {
    type Err = String;

    fn from_str(text: &str) -> Result<Superinstruction, String> {
        let mut words = text.split(' ');
        let mut cell = || {
            let name = words.next().unwrap_or_default();
            let found = Cell::ALL.iter().find(|cell| format!("{cell:?}") == name);
            found.ok_or_else(|| format!("there is no cell `{name}`"))
        };
        let (first, second) = (*cell()?, *cell()?);
        let rest: String = words.map(|word| format!(" {word}")).collect();
        let operand = OPERANDS.iter().find(|&&(_, name)| name == rest);
        let &(forwarded, _) = operand.ok_or_else(|| format!("there is no operand `{rest}`"))?;
        Ok(Superinstruction::new(first, second, forwarded))
    }
}

/// Counts while a program runs.
pub(super) struct Recorder {
    counts: Vec<u64>,
}

impl Recorder {
    pub(super) fn new() -> Recorder {
        Recorder {
            counts: vec![0; Superinstruction::NUMBERS],
        }
    }

    pub(super) fn count(&mut self, number: u32) {
        self.counts[number as usize] += 1;
    }

    pub(super) fn profile(&self) -> Profile {
        let counts = self.counts.iter().enumerate();
        let counts = counts.filter(|&(_, &count)| count > 0);
        Profile {
            counts: counts
                .map(|(number, &count)| (Superinstruction::from_number(number), count))
                .collect(),
        }
    }
}

/// How often two cells ran one after the other inside a block, for all that could be joined.
///
/// As text it is a line for each, with the count first, the most frequent first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    counts: BTreeMap<Superinstruction, u64>,
}

impl Profile {
    /// Adds what another run did.
    pub fn add(&mut self, other: &Profile) {
        for (&superinstruction, count) in &other.counts {
            *self.counts.entry(superinstruction).or_default() += count;
        }
    }

    /// The most frequent first; of equally frequent ones, in their order.
    fn by_frequency(&self) -> Vec<(Superinstruction, u64)> {
        let mut rows: Vec<_> = self
            .counts
            .iter()
            .map(|(&one, &count)| (one, count))
            .collect();
        rows.sort_by_key(|&(one, count)| (std::cmp::Reverse(count), one));
        rows
    }

    /// The `most` most frequent ones, in their order; of equally frequent ones, those that come first in it.
    pub fn choose(&self, most: usize) -> Vec<Superinstruction> {
        let chosen = self.by_frequency().into_iter().take(most);
        let mut chosen: Vec<Superinstruction> = chosen.map(|(one, _)| one).collect();
        chosen.sort();
        chosen
    }
}

impl fmt::Debug for Superinstruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (superinstruction, count) in self.by_frequency() {
            writeln!(f, "{count} {superinstruction}")?;
        }
        Ok(())
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Profile, String> {
        let mut profile = Profile::default();
        for (n, line) in text.lines().enumerate() {
            let read = || {
                let (count, cells) = line.split_once(' ').ok_or("a count and two cells")?;
                let count: u64 = count
                    .parse()
                    .map_err(|_| format!("`{count}` is no count"))?;
                Ok((cells.parse::<Superinstruction>()?, count))
            };
            let (superinstruction, count) =
                read().map_err(|error: String| format!("line {}: {error}", n + 1))?;
            if !superinstruction.is_possible() {
                return Err(format!("line {}: these cannot be joined", n + 1));
            }
            if profile.counts.insert(superinstruction, count).is_some() {
                return Err(format!("line {}: a second count", n + 1));
            }
        }
        Ok(profile)
    }
}

/// The content of `superinstructions.txt` for these, which are in their order.
pub fn data_file(superinstructions: &[Superinstruction]) -> String {
    let mut text = String::from(
        "# Superinstructions: the first cell, the second one, and which operand of the second is the result of the first.\n\
         # In the order of the list of cells; the same two cells by operand, that without one last.\n\
         # docs/interpreter.md says how they are chosen.\n",
    );
    for superinstruction in superinstructions {
        text += &format!("{superinstruction}\n");
    }
    text
}

#[cfg(test)]
mod tests;
