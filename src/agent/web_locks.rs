//! The requests of a thread for named locks: `locks` where Node has none.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::{Agent, Dispatch, Event, Host, Source};
use crate::web_locks::{Client, Mode, Notice, Patience, Requested, WebLocks};

static LOCKS: WebLocks = WebLocks::new();

pub(super) struct LockRequests<L> {
    client: RefCell<Option<Arc<Client>>>,
    listener: RefCell<Option<Rc<L>>>,
}

impl<L> Default for LockRequests<L> {
    fn default() -> Self {
        Self {
            client: RefCell::default(),
            listener: RefCell::default(),
        }
    }
}

impl<L> LockRequests<L> {
    pub(super) fn leak_listener(&self) {
        std::mem::forget(self.listener.take());
    }

    /// The thread ends: others get its locks.
    pub(super) fn close(&self) {
        drop(self.listener.take());
        if let Some(client) = self.client.take() {
            LOCKS.leave(&client);
        }
    }
}

impl<H: Host> Agent<H> {
    /// The listener is told when there are notices.
    pub fn set_lock_listener(&self, listener: H::Listener) {
        *self.lock_requests.listener.borrow_mut() = Some(Rc::new(listener));
        *self.lock_requests.client.borrow_mut() = Some(Client::new(self.waker.clone(), Source::LockNotices.token()));
    }

    fn lock_client(&self) -> Option<Arc<Client>> {
        self.lock_requests.client.borrow().clone()
    }

    pub fn request_web_lock(&self, number: u32, name: &str, mode: Mode, patience: Patience) -> Requested {
        self.lock_client().map_or(Requested::Waiting, |client| {
            LOCKS.request(&client, number, name, mode, patience)
        })
    }

    /// Gives back a lock, or withdraws its request.
    pub fn release_web_lock(&self, number: u32, name: &str) {
        if let Some(client) = self.lock_client() {
            LOCKS.release(&client, number, name);
        }
    }

    pub fn next_lock_notice(&self) -> Option<Notice> {
        self.lock_client()?.next_notice()
    }

    pub(super) fn deliver_lock_notices(&self) -> Option<usize> {
        let Some(listener) = self.lock_requests.listener.borrow().clone() else {
            return Some(0);
        };
        match self.host.notify(&listener, Event::LockNotices) {
            Dispatch::Terminating => None,
            _ => Some(1),
        }
    }
}
