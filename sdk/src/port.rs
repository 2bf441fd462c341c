//! Ports: `parentPort`, and those that come in messages.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ops::Deref;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::abi::{self, FOREVER, Status};
use crate::error::{Error, Result};
use crate::message::Message;
use crate::task::Task;
use crate::wire::{self, Received};

/// One side of a channel, as JavaScript's `MessagePort`. Dropping it closes the channel.
pub struct MessagePort {
    raw: *mut c_void,
    host: &'static abi::Host,
}

// SAFETY: one owner, and a port may be used on any thread, one at a time.
unsafe impl Send for MessagePort {}

impl MessagePort {
    /// # Safety
    /// A port that is given away.
    pub(crate) unsafe fn from_raw(raw: *mut c_void, host: &'static abi::Host) -> Self {
        Self { raw, host }
    }

    pub(crate) fn into_raw(self) -> *mut c_void {
        ManuallyDrop::new(self).raw
    }

    /// Sends the value, which is cloned, but for what is in a [`Transfer`](crate::Transfer). Never blocks.
    ///
    /// # Errors
    /// When it cannot be cloned, or nobody is left to read it (`ERR_CLOSED_MESSAGE_PORT`).
    pub fn post<T: Serialize>(&self, value: T) -> Result<()> {
        let message = wire::write(&value)?;
        // SAFETY: a port that belongs to self; what is in the message is given away.
        match message.give(|message| unsafe { (self.host.port_post)(self.raw, message) }) {
            Status::CLOSED => Err(closed()),
            _ => Ok(()),
        }
    }

    /// The next message. Blocks until there is one.
    ///
    /// # Errors
    /// When the message is no `T`; when the worker is to end (`ABORT_ERR`); when the other side is closed
    /// (`ERR_CLOSED_MESSAGE_PORT`).
    pub fn receive<T: DeserializeOwned>(&self) -> Result<T> {
        self.receive_message()?.read()
    }

    /// As [`receive`](Self::receive); `None` when nothing came in that time.
    pub fn receive_timeout<T: DeserializeOwned>(&self, timeout: Duration) -> Result<Option<T>> {
        let nanoseconds = u64::try_from(timeout.as_nanos()).unwrap_or(FOREVER);
        self.next(nanoseconds)?.map(|message| message.read()).transpose()
    }

    /// The next message, to be read later: what is read from it may borrow from it.
    pub fn receive_message(&self) -> Result<Received> {
        loop {
            if let Some(message) = self.next(FOREVER)? {
                return Ok(message);
            }
        }
    }

    /// Messages as they come, until the other side is closed or the worker is to end.
    pub fn messages<T: DeserializeOwned>(&self) -> Messages<'_, T> {
        Messages {
            port: self,
            marker: PhantomData,
        }
    }

    fn next(&self, timeout: u64) -> Result<Option<Received>> {
        let mut message = MaybeUninit::uninit();
        // SAFETY: a port that belongs to self, used by one thread at a time because it is not Sync.
        match unsafe { (self.host.port_receive)(self.raw, timeout, message.as_mut_ptr()) } {
            Status::DONE => {
                // SAFETY: it was written, and what is in it was given away.
                let message = unsafe { Message::from_raw(message.assume_init_ref(), self.host) };
                Ok(Some(Received::new(message)))
            }
            Status::CLOSED => Err(closed()),
            Status::TERMINATED => Err(Error::terminated()),
            _ => Ok(None),
        }
    }
}

fn closed() -> Error {
    Error::new("the other side of the port is closed").with_code(CLOSED)
}

const CLOSED: &str = "ERR_CLOSED_MESSAGE_PORT";

impl Drop for MessagePort {
    fn drop(&mut self) {
        // SAFETY: a port that belongs to self.
        unsafe { (self.host.port_release)(self.raw) };
    }
}

/// See [`MessagePort::messages`].
pub struct Messages<'a, T> {
    port: &'a MessagePort,
    marker: PhantomData<T>,
}

impl<T: DeserializeOwned> Iterator for Messages<'_, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        match self.port.receive_message() {
            Ok(message) => Some(message.read()),
            Err(_) => None,
        }
    }
}

/// The port to whoever started the worker, as JavaScript's `parentPort`.
pub struct ParentPort {
    port: MessagePort,
    task: Task,
}

impl ParentPort {
    pub(crate) fn new(port: MessagePort, task: Task) -> Self {
        Self { port, task }
    }

    /// Whether the worker is to end, and what it prints.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// A new channel: one port to keep, one to post.
    pub fn channel(&self) -> (MessagePort, MessagePort) {
        let host = self.task.host();
        let mut ports = [std::ptr::null_mut(); 2];
        // SAFETY: a referenced worker; the two ports are given away.
        unsafe {
            (host.channel)(self.task.worker(), &mut ports);
            (
                MessagePort::from_raw(ports[0], host),
                MessagePort::from_raw(ports[1], host),
            )
        }
    }
}

impl Deref for ParentPort {
    type Target = MessagePort;

    fn deref(&self) -> &MessagePort {
        &self.port
    }
}
