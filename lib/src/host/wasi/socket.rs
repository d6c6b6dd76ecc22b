//! Sockets, which no program is given.

use super::call::{Call, Done};
use super::errno::Errno;

/// Every call on a socket: what is open is none.
pub(super) fn sock(call: &mut Call<'_, '_>) -> Done {
    call.context.table.get(call.int(0))?;
    Err(Errno::NotSock.into())
}
