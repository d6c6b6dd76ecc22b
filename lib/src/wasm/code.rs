//! A function's body as bytes.

use wasm_encoder::{Encode, Instruction as I};

const LOCAL_SET: u8 = 0x21;
const LOCAL_TEE: u8 = 0x22;

/// Instructions, encoded.
#[derive(Default)]
pub(super) struct Code {
    bytes: Vec<u8>,
    /// Where the last instruction begins and the local that it sets, if that is what it does.
    last_set: Option<(usize, u32)>,
}

impl Code {
    /// Appends an instruction.
    pub fn push(&mut self, instruction: I<'_>) {
        self.last_set = None;
        instruction.encode(&mut self.bytes);
    }

    /// Reads a local.
    pub fn get(&mut self, local: u32) {
        match self.last_set.take() {
            Some((at, last)) if last == local => self.bytes[at] = LOCAL_TEE,
            _ => I::LocalGet(local).encode(&mut self.bytes),
        }
    }

    /// Whether reading this local now would be free.
    pub fn has_just_set(&self, local: u32) -> bool {
        self.last_set.is_some_and(|(_, last)| last == local)
    }

    /// Sets a local.
    pub fn set(&mut self, local: u32) {
        self.last_set = Some((self.bytes.len(), local));
        self.bytes.push(LOCAL_SET);
        local.encode(&mut self.bytes);
    }

    /// The bytes.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_and_reading_is_one_instruction() {
        let mut code = Code::default();
        code.set(200);
        code.get(200);
        code.get(200);
        code.set(1);
        code.push(I::Nop);
        code.get(1);
        let bytes = code.finish();
        assert_eq!(bytes, [0x22, 200, 1, 0x20, 200, 1, 0x21, 1, 1, 0x20, 1]);
    }
}
