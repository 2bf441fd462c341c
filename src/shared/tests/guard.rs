//! A guard that releases a lock when it is dropped, as libraries have it.

use std::time::Instant;

use crate::shared::SharedLock;

pub struct Guard<'a> {
    lock: &'a SharedLock,
    request: u32,
    is_poisoned: bool,
}

impl Guard<'_> {
    pub fn is_poisoned(&self) -> bool {
        self.is_poisoned
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.lock.release(self.request, std::thread::panicking());
    }
}

pub trait Take {
    /// `None` after the deadline.
    fn take(&self, request: u32, deadline: Option<Instant>) -> Option<Guard<'_>>;
}

impl Take for SharedLock {
    fn take(&self, request: u32, deadline: Option<Instant>) -> Option<Guard<'_>> {
        let taken = self.acquire(request, deadline).ok()?;
        Some(Guard {
            lock: self,
            request,
            is_poisoned: taken.is_poisoned,
        })
    }
}
