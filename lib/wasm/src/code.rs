//! A function's body as bytes.

use wasm_encoder::{Encode, Instruction as I};

const LOCAL_SET: u8 = 0x21;
const LOCAL_TEE: u8 = 0x22;

/// Instructions, encoded.
#[derive(Default)]
pub(super) struct CodeWriter {
    bytes: Vec<u8>,
    /// Where the last instruction begins and the local that it sets, if that is what it does.
    last_set: Option<(usize, u32)>,
    /// The instruction of the program that what follows comes from.
    from: u32,
    /// Where the code of an instruction begins, if that is noted.
    places: Option<Vec<(u32, u32)>>,
}

impl CodeWriter {
    /// No code yet, with or without notes of where it comes from.
    pub fn new(with_places: bool) -> CodeWriter {
        CodeWriter {
            places: with_places.then(Vec::new),
            ..CodeWriter::default()
        }
    }

    /// What follows comes from this instruction of the program.
    pub fn comes_from(&mut self, instruction: u32) {
        self.from = instruction;
    }

    /// Notes where the next byte comes from.
    fn note(&mut self) {
        let (at, from) = (self.bytes.len() as u32, self.from);
        if let Some(places) = &mut self.places
            && places.last().is_none_or(|&(_, last)| last != from)
        {
            places.push((at, from));
        }
    }

    /// Appends an instruction.
    pub fn push(&mut self, instruction: I<'_>) {
        self.note();
        self.last_set = None;
        instruction.encode(&mut self.bytes);
    }

    /// Reads a local.
    pub fn get(&mut self, local: u32) {
        match self.last_set.take() {
            Some((at, last)) if last == local => self.bytes[at] = LOCAL_TEE,
            _ => {
                self.note();
                I::LocalGet(local).encode(&mut self.bytes);
            }
        }
    }

    /// Whether reading this local now would be free.
    pub fn has_just_set(&self, local: u32) -> bool {
        self.last_set.is_some_and(|(_, last)| last == local)
    }

    /// Sets a local.
    pub fn set(&mut self, local: u32) {
        self.note();
        self.last_set = Some((self.bytes.len(), local));
        self.bytes.push(LOCAL_SET);
        local.encode(&mut self.bytes);
    }

    /// The bytes, and where the code of each instruction begins in them.
    pub fn finish(self) -> (Vec<u8>, Vec<(u32, u32)>) {
        (self.bytes, self.places.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_and_reading_is_one_instruction() {
        let mut code = CodeWriter::default();
        code.set(200);
        code.get(200);
        code.get(200);
        code.set(1);
        code.push(I::Nop);
        code.get(1);
        let (bytes, _) = code.finish();
        assert_eq!(bytes, [0x22, 200, 1, 0x20, 200, 1, 0x21, 1, 1, 0x20, 1]);
    }

    #[test]
    fn code_knows_where_it_comes_from() {
        let mut code = CodeWriter::new(true);
        code.comes_from(3);
        code.get(0);
        code.comes_from(4);
        code.comes_from(5);
        code.push(I::I32Eqz);
        code.set(200);
        code.comes_from(6);
        // What takes no byte begins nowhere.
        code.get(200);
        code.comes_from(3);
        code.push(I::Drop);
        let (_, places) = code.finish();
        assert_eq!(places, [(0, 3), (2, 5), (6, 3)]);
    }
}
