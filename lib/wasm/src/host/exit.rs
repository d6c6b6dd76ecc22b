//! Exits of the program, and what it exits with.

use wasm_encoder::Function;

use super::Host;
use crate::emitter::Emitter;
use crate::wasi::Wasi;

/// WASI's error for a pipe that nobody reads any more.
const CLOSED_PIPE: i32 = 64;

/// The highest exit code that WASI's hosts accept.
const MOST_EXIT: i32 = 125;

impl Host<'_> {
    pub(super) fn exit(&self) -> Function {
        let exit = self.index.wasi(Wasi::ProcExit);
        let mut w = self.writer(&[]);
        exit_code(&mut w, 0);
        w.put().call(exit).unreachable();
        w.finish()
    }

    /// Ends the program: quietly where nobody reads any more.
    pub(super) fn output_failed(&self) -> Function {
        let exit = self.index.wasi(Wasi::ProcExit);
        let mut w = self.writer(&[]);
        w.put()
            .local_get(0)
            .i32_const(CLOSED_PIPE)
            .i32_ne()
            .call(exit)
            .unreachable();
        w.finish()
    }
}

/// Leaves the exit code for the i32 in a local: its low 8 bits, at most 125.
pub(crate) fn exit_code(w: &mut Emitter, local: u32) {
    w.put()
        .local_get(local)
        .i32_const(255)
        .i32_and()
        .local_tee(local);
    w.put()
        .i32_const(MOST_EXIT)
        .local_get(local)
        .i32_const(MOST_EXIT)
        .i32_lt_u()
        .select();
}
