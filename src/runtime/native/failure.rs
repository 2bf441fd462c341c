//! How failures of a native worker are reported to JavaScript; `lib/core/error-serializer.js` turns them into errors.

use isothreads::abi::{self, FailureKind};
use isothreads_codec::protocol::control;
use serde::Serialize;

use super::message::text;
use crate::engine::wire::Wire;

/// Why a function has no result.
#[derive(Debug, Serialize)]
pub struct Failure {
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    message: String,
    code: String,
    location: String,
    backtrace: String,
    /// The name of the worker that failed.
    pub worker: String,
    #[serde(skip)]
    pub is_terminated: bool,
}

impl Failure {
    /// # Safety
    /// The texts stay valid during this call.
    pub unsafe fn from_raw(raw: &abi::Failure) -> Self {
        // SAFETY: by the contract.
        let text = |slice| unsafe { text(slice) };
        Self {
            kind: "native",
            name: text(raw.name),
            message: text(raw.message),
            code: text(raw.code),
            location: text(raw.location),
            backtrace: text(raw.backtrace),
            worker: String::new(),
            is_terminated: raw.kind == FailureKind::Terminated,
        }
    }

    pub fn new(message: &str) -> Self {
        Self {
            kind: "native",
            name: "Error".into(),
            message: message.into(),
            code: "ERR_ISOTHREADS_NATIVE".into(),
            location: String::new(),
            backtrace: String::new(),
            worker: String::new(),
            is_terminated: false,
        }
    }

    /// The error for a worker's parent.
    pub fn as_control(&self) -> impl Serialize {
        Control {
            kind: control::ERROR,
            error: self,
        }
    }

    /// The error for the thread that submitted the task.
    pub fn to_task(&self, thread_id: u64) -> Wire {
        Wire::of_value(&TaskError { error: self, thread_id })
    }
}

#[derive(Serialize)]
struct Control<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    error: &'a Failure,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TaskError<'a> {
    error: &'a Failure,
    thread_id: u64,
}
