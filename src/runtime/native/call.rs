//! Calls of library functions.

use std::ptr::null_mut;
use std::sync::Arc;

use isothreads::abi;

use super::failure::Failure;
use super::library::WorkerInfo;
use super::message::{LentAttachments, UNDEFINED, lend, slice};
use super::port::NativePort;
use super::worker::{NativeWorker, Outcome};
use crate::message::Message;

/// What all calls of a worker have in common.
pub struct Caller {
    pub worker: Arc<NativeWorker>,
    pub name: String,
    /// The functions that the library may call.
    pub table: &'static abi::Host,
}

impl Caller {
    /// Calls a worker's function outside a pool. Blocks until it returns.
    pub fn call_alone(
        &self,
        info: &WorkerInfo,
        input: Option<&mut Message>,
        parent_port: Option<Box<NativePort>>,
    ) -> Outcome {
        let outcome = self.call(info, self.worker.begin(None), input, parent_port);
        self.worker.end();
        outcome
    }

    /// Calls a worker's function for the call with this number, which has begun. Takes the attachments of the input.
    /// Blocks until the function returns.
    pub fn call(
        &self,
        info: &WorkerInfo,
        number: u64,
        mut input: Option<&mut Message>,
        parent_port: Option<Box<NativePort>>,
    ) -> Outcome {
        let worker = &self.worker;
        let lent = input.as_mut().map(|message| LentAttachments::new(message, worker));
        let raw_input = match (&input, &lent) {
            (Some(message), Some(lent)) => lent.raw(lend(message.wire.bytes())),
            _ => UNDEFINED,
        };
        let call = abi::Call {
            host: self.table,
            worker: Arc::as_ptr(worker).cast_mut().cast(),
            input: raw_input,
            parent_port: parent_port.map_or(null_mut(), NativePort::into_raw),
            ending: worker.ending(),
            thread_id: worker.thread_id,
            name: slice(&self.name),
            stack_size: worker.stack_size,
            number,
        };
        // SAFETY: what the call points to lives until it returns, and what it gives away is owned by the library.
        unsafe { info.run(&call) };
        let nothing = || {
            Outcome::Failure(Failure::new(
                "the library's function returned without a result or an error",
            ))
        };
        worker.take_outcome().unwrap_or_else(nothing)
    }
}
