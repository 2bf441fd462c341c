//! Posting and receiving on ports.

use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::abi::{FOREVER, Status};
use crate::attachments::MessagePort;
use crate::error::{Error, Result};
use crate::message::Message;
use crate::received::Received;
use crate::writing;

impl MessagePort {
    /// Sends the value, which is cloned, except for the contents of a [`Transfer`](crate::Transfer). Never blocks.
    ///
    /// # Errors
    /// When the value cannot be cloned, or the other side is closed (`ERR_CLOSED_MESSAGE_PORT`).
    pub fn post<T: Serialize>(&self, value: T) -> Result<()> {
        match self.post_message(writing::write(&value)?) {
            Status::CLOSED => Err(closed()),
            _ => Ok(()),
        }
    }

    /// The same for a message that was written already. For the SDK.
    #[doc(hidden)]
    pub fn post_message(&self, message: Message) -> Status {
        // SAFETY: self owns the port; the contents of the message are given away.
        message.give(|message| unsafe { (self.host.port_post)(self.raw, message) })
    }

    /// The next message. Blocks until there is one.
    ///
    /// # Errors
    /// When the message is not a `T`; when the worker must end (`ABORT_ERR`); when the other side is closed
    /// (`ERR_CLOSED_MESSAGE_PORT`).
    pub fn receive<T: DeserializeOwned>(&self) -> Result<T> {
        self.receive_message()?.read()
    }

    /// Like [`receive`](Self::receive), with a timeout; `None` when it expires.
    pub fn receive_timeout<T: DeserializeOwned>(&self, timeout: Duration) -> Result<Option<T>> {
        let nanoseconds = u64::try_from(timeout.as_nanos()).unwrap_or(FOREVER);
        self.next(nanoseconds)?.map(|message| message.read()).transpose()
    }

    /// The next message, for reading later: the value may borrow from it.
    pub fn receive_message(&self) -> Result<Received> {
        loop {
            if let Some(message) = self.next(FOREVER)? {
                return Ok(message);
            }
        }
    }

    /// The messages in order, until the other side is closed or the worker must end.
    pub fn messages<T: DeserializeOwned>(&self) -> Messages<'_, T> {
        Messages {
            port: self,
            marker: PhantomData,
        }
    }

    fn next(&self, timeout: u64) -> Result<Option<Received>> {
        let mut message = MaybeUninit::uninit();
        // SAFETY: self owns the port, and it is used by one thread at a time because it is not Sync.
        match unsafe { (self.host.port_receive)(self.raw, timeout, message.as_mut_ptr()) } {
            Status::DONE => {
                // SAFETY: it was written, and its contents were given away.
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
