//! The port of a conversation.

use std::ops::Deref;

use isothreads_codec::MessagePort;

use crate::task::Task;

/// The port to the worker's parent: JavaScript's `parentPort`.
pub struct ParentPort {
    port: MessagePort,
    task: Task,
}

impl ParentPort {
    pub(crate) fn new(port: MessagePort, task: Task) -> Self {
        Self { port, task }
    }

    /// For cancellation and printing.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// Creates a channel: keep one port and post the other.
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
