//! What travels between threads: a serialised value, and the ports that are transferred with it.

use isothreads_codec::protocol::message_kind::{BROADCAST, CONTROL, EXIT, FIRST_TASK, MESSAGE, THREAD_MESSAGE};
use isothreads_codec::protocol::task_flag;

use crate::engine::wire::Wire;
use crate::pool::TaskId;
use crate::port;

/// A port that carries messages.
pub type Port = port::Port<Message>;

/// Isolate-free and `Send`. The receiving thread deserialises the value.
pub struct Message {
    pub kind: Kind,
    pub wire: Wire,
    pub ports: Vec<Port>,
}

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// For the user's listeners.
    User,
    /// For this package's other half. It keeps its order with the user's messages.
    Control,
    /// The worker has ended; the value is its exit.
    Exit,
    /// For all workers of a pool.
    Broadcast,
    /// To a thread, by its id.
    Thread,
    /// A task on its way to a worker, or a worker's message about it.
    Task { id: TaskId, note: Note },
    /// A task that calls this function of a native library.
    Call { id: TaskId, function: u16 },
}

/// What a message says about its task, in 2 bits.
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// To the worker: only the data. From it: the task's result.
    Plain = task_flag::PLAIN as u8,
    /// To the worker: the data within an object. From it: the task's error.
    Wrapped = task_flag::WRAPPED as u8,
    /// The task goes on.
    Progress = task_flag::PROGRESS as u8,
    /// The task goes on.
    More = task_flag::MORE as u8,
}

impl Note {
    pub const RESULT: Note = Note::Plain;
    pub const ERROR: Note = Note::Wrapped;

    /// Whether the task goes on after this message.
    pub fn is_interim(self) -> bool {
        matches!(self, Note::Progress | Note::More)
    }
}

impl Kind {
    /// The kind for a number that JavaScript posts. `None`: the JavaScript and native halves do not match.
    pub fn from_number(number: i32) -> Option<Self> {
        match number {
            MESSAGE => Some(Kind::User),
            CONTROL => Some(Kind::Control),
            BROADCAST => Some(Kind::Broadcast),
            THREAD_MESSAGE => Some(Kind::Thread),
            FIRST_TASK.. => {
                let number = (number - FIRST_TASK) as u32;
                let note = match number & 3 {
                    task_flag::PLAIN => Note::Plain,
                    task_flag::WRAPPED => Note::Wrapped,
                    task_flag::PROGRESS => Note::Progress,
                    _ => Note::More,
                };
                Some(Kind::Task { id: number >> 2, note })
            }
            _ => None,
        }
    }

    /// The number that JavaScript receives.
    pub fn number(self) -> i32 {
        match self {
            Kind::User => MESSAGE,
            Kind::Control => CONTROL,
            Kind::Exit => EXIT,
            Kind::Broadcast => BROADCAST,
            Kind::Thread => THREAD_MESSAGE,
            Kind::Task { id, note } => FIRST_TASK + (id << 2 | note as u32) as i32,
            // JavaScript never receives this kind.
            Kind::Call { .. } => MESSAGE,
        }
    }
}
