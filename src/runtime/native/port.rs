//! Ports of native workers, which block to receive.

use std::ffi::c_void;
use std::sync::Arc;
use std::time::{Duration, Instant};

use isothreads::abi::{self, FOREVER, Status};

use super::message::{LentAttachments, give};
use super::sleeper::Sleeper;
use super::worker::NativeWorker;
use crate::agent::Source;
use crate::message::{Message, Port};

/// The object behind a library's port pointer. Used by one thread at a time.
pub struct NativePort {
    port: Port,
    worker: Arc<NativeWorker>,
    /// Created by the first receive.
    sleeper: Option<Sleeper>,
    /// The attachment lists of the last received message.
    lent: Option<LentAttachments>,
}

/// How waiting for a message ended.
pub enum Received {
    Message(Message),
    Closed,
    Terminated,
}

impl NativePort {
    pub fn new(port: Port, worker: Arc<NativeWorker>) -> Box<Self> {
        Box::new(Self {
            port,
            worker,
            sleeper: None,
            lent: None,
        })
    }

    pub fn into_raw(self: Box<Self>) -> *mut c_void {
        Box::into_raw(self).cast()
    }

    /// # Safety
    /// `port` comes from [`into_raw`](Self::into_raw) and is not used afterwards.
    pub unsafe fn from_raw(raw: *mut c_void) -> Box<Self> {
        // SAFETY: by the contract.
        unsafe { Box::from_raw(raw.cast()) }
    }

    /// Unwraps the port, to send it elsewhere.
    pub fn into_port(self) -> Port {
        self.port.unbind();
        self.port
    }

    /// Never blocks.
    pub fn post(&self, message: Message) -> Status {
        // A port that is posted into its own channel could never be read. It closes here.
        if message.ports.iter().any(|sent| sent.is_entangled_with(&self.port)) {
            return Status::DONE;
        }
        match self.port.post(message) {
            Ok(()) => Status::DONE,
            Err(_) => Status::CLOSED,
        }
    }

    /// Blocks until there is a message. Returns `None` on timeout.
    pub fn receive(&mut self, deadline: Option<Instant>) -> Option<Received> {
        let Self {
            port, worker, sleeper, ..
        } = self;
        let sleeper = sleeper.get_or_insert_with(|| {
            let sleeper = worker.new_sleeper();
            port.bind(sleeper.waker().clone(), Source::Stop.token());
            sleeper
        });
        sleeper.wait(deadline, || {
            if worker.is_terminated() {
                return Some(Received::Terminated);
            }
            port.clear_scheduled();
            // The order matters: messages that were posted before the closing must be seen.
            let is_closed = port.is_peer_closed();
            match port.try_receive() {
                Some(message) => Some(Received::Message(message)),
                None if is_closed => Some(Received::Closed),
                None => None,
            }
        })
    }

    /// Implements `port_receive` of the function table.
    ///
    /// # Safety
    /// `message` has room for a message.
    pub unsafe fn receive_raw(&mut self, timeout: u64, to: *mut abi::Message) -> Status {
        let deadline = match timeout {
            FOREVER => None,
            _ => Instant::now().checked_add(Duration::from_nanos(timeout)),
        };
        match self.receive(deadline) {
            None => Status::TIMED_OUT,
            Some(Received::Closed) => Status::CLOSED,
            Some(Received::Terminated) => Status::TERMINATED,
            Some(Received::Message(message)) => {
                let mut message = Box::new(message);
                let lent = LentAttachments::new(&mut message, &self.worker);
                // SAFETY: by the contract.
                unsafe { to.write(lent.raw(give(message))) };
                self.lent = Some(lent);
                Status::DONE
            }
        }
    }
}
