//! The addon's functions for this thread.

use std::cell::Cell;

use crate::abi::Host;

thread_local! {
    static CURRENT: Cell<Option<&'static Host>> = const { Cell::new(None) };
}

/// `None` on threads that do not belong to a worker.
pub fn current() -> Option<&'static Host> {
    CURRENT.try_with(Cell::get).ok().flatten()
}

/// Sets the functions; `None`: this thread no longer belongs to a worker.
pub fn set_current(host: Option<&'static Host>) {
    let _ = CURRENT.try_with(|current| current.set(host));
}
