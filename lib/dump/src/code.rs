//! The code of a file: which stretches there are, and the text of what is in them.

use super::image::{Extent, Image, Named};
use super::sink::put_hex;
use vbc_core::isa::walk::{Item, Walk};
use vbc_core::text::{FunctionText, Style};

/// A part of the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// The code of a function: its number among the defined ones, and its index.
    Function(usize, u32),
    /// All code, when the functions that own it cannot be read.
    Orphan,
}

impl Stretch {
    /// The function's index.
    pub fn function(self) -> Option<u32> {
        match self {
            Stretch::Function(_, index) => Some(index),
            Stretch::Orphan => None,
        }
    }
}

/// The stretches of code, in file order.
pub fn stretches(image: &Image) -> impl Iterator<Item = Stretch> + use<'_> {
    let functions = image.module.functions.len();
    let orphan = functions == 0 && !image.module.code.is_empty();
    (0..functions)
        .map(|defined| Stretch::Function(defined, image.function_index(defined)))
        .chain(orphan.then_some(Stretch::Orphan))
}

/// One stretch of code with everything that its text needs.
pub struct CodeView<'m> {
    image: &'m Image,
    /// Which stretch.
    pub stretch: Stretch,
    /// Its words.
    pub words: &'m [u64],
    /// Its names and labels.
    pub text: FunctionText<'m>,
    /// Word of the file's code at which it begins.
    first: u64,
}

impl<'m> CodeView<'m> {
    /// Looks at a stretch.
    pub fn new(file: &'m Named<'_>, stretch: Stretch) -> Self {
        let words = CodeView::words_of(file, stretch);
        let (text, first) = match stretch {
            Stretch::Function(defined, _) => (
                FunctionText::new(&file.names, defined),
                file.module.functions.get(defined).map_or(0, |row| row.code),
            ),
            Stretch::Orphan => (FunctionText::of_code(&file.names, words), 0),
        };
        CodeView {
            image: file.image,
            stretch,
            words,
            text,
            first,
        }
    }

    /// The words of a stretch.
    pub fn words_of(image: &'m Image, stretch: Stretch) -> &'m [u64] {
        match stretch {
            Stretch::Function(defined, _) => image.module.function_code(defined),
            Stretch::Orphan => &image.module.code,
        }
    }

    /// Its items, with the words at which they begin.
    pub fn walk(&self) -> Walk<'m> {
        Walk::new(self.words)
    }

    /// Where an item of `words` words at word `at` lies.
    pub fn extent(&self, at: usize, words: usize) -> Extent {
        self.image.code(self.first + at as u64, words as u64)
    }

    /// Appends the text of an item.
    pub fn item(&self, out: &mut String, at: usize, item: Item<'_>) {
        match item {
            Item::Inst(inst) => self.text.push_instruction(out, &inst, at, Style::default()),
            Item::Words(words) => {
                out.push_str(".word");
                for &word in words {
                    out.push_str(" 0x");
                    put_hex(out, word, 16);
                }
            }
        }
    }
}
