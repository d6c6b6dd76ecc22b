//! Sockets, which no program is given.

use super::abi::{fdflags, socket_flags};
use super::call::{Call, Done};
use super::errno::Errno;

/// What every call on a socket comes to: what is open is never one.
fn none(call: &Call<'_, '_>, flags: u32, known: u32) -> Done {
    call.context.table.get(call.int(0))?;
    match flags & !known {
        0 => Err(Errno::NotSock.into()),
        _ => Err(Errno::Inval.into()),
    }
}

pub(super) fn sock_accept(call: &mut Call<'_, '_>) -> Done {
    none(call, call.int(1), fdflags::ALL)
}

pub(super) fn sock_recv(call: &mut Call<'_, '_>) -> Done {
    none(call, call.int(3), socket_flags::RECEIVE)
}

pub(super) fn sock_send(call: &mut Call<'_, '_>) -> Done {
    none(call, call.int(3), socket_flags::SEND)
}

pub(super) fn sock_shutdown(call: &mut Call<'_, '_>) -> Done {
    none(call, call.int(1), socket_flags::SHUTDOWN)
}
