//! The number of reasons to keep the thread's event loop alive.

use std::cell::Cell;

use super::{Agent, Host};

/// Counts until the thread ends.
#[derive(Default)]
pub(super) struct References {
    count: Cell<usize>,
    is_closed: Cell<bool>,
}

impl References {
    /// Returns whether the event loop must stay alive, if that has changed.
    fn add(&self, is_added: bool) -> Option<bool> {
        let before = self.count.get();
        let after = if is_added { before + 1 } else { before - 1 };
        self.count.set(after);
        let has_changed = (before == 0) != (after == 0);
        (has_changed && !self.is_closed.get()).then_some(after > 0)
    }

    /// The thread ends: the event loop gets no further changes. Returns false when called again.
    pub(super) fn close(&self) -> bool {
        !self.is_closed.replace(true)
    }
}

impl<H: Host> Agent<H> {
    pub(super) fn count_reference(&self, is_added: bool) {
        if let Some(is_referenced) = self.references.add(is_added) {
            self.host.set_referenced(is_referenced);
        }
    }
}
