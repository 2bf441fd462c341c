//! Dropping a port drops the messages in its mailbox, with ports in them, whose mailboxes hold messages with ports, and
//! so on. A chain of a hundred thousand would overflow the stack (as it does in Node), so a nested task is deferred
//! until the outer one has finished.

use std::cell::RefCell;

type Task = Box<dyn FnOnce()>;

crate::event_loop::sync::thread_local! {
    /// Deferred tasks of this thread; `None` when no task is running.
    static WAITING: RefCell<Option<Vec<Task>>> = RefCell::default();
}

/// Runs `task` now, or, inside another task of this thread, before the outermost call returns.
pub(super) fn unnested(task: impl FnOnce() + 'static) {
    let is_outermost = WAITING.try_with(|waiting| {
        let mut waiting = waiting.borrow_mut();
        let is_outermost = waiting.is_none();
        waiting.get_or_insert_default();
        is_outermost
    });
    match is_outermost {
        Ok(true) => {
            task();
            while let Some(task) = next() {
                task();
            }
        }
        Ok(false) => WAITING.with(|waiting| waiting.borrow_mut().get_or_insert_default().push(Box::new(task))),
        // The thread is ending and its list is gone.
        Err(_) => task(),
    }
}

/// Returns `None` to end the outermost call.
fn next() -> Option<Task> {
    WAITING.with(|waiting| {
        let mut waiting = waiting.borrow_mut();
        let next = waiting.as_mut()?.pop();
        if next.is_none() {
            *waiting = None;
        }
        next
    })
}
