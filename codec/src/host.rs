//! What the addon offers to this thread.

use std::cell::Cell;

use crate::abi::Host;

thread_local! {
    static CURRENT: Cell<Option<&'static Host>> = const { Cell::new(None) };
}

/// `None` on threads that run no worker.
pub fn current() -> Option<&'static Host> {
    CURRENT.try_with(Cell::get).ok().flatten()
}

/// From now on; `None`: nothing, this thread runs no worker any more.
pub fn set_current(host: Option<&'static Host>) {
    let _ = CURRENT.try_with(|current| current.set(host));
}
