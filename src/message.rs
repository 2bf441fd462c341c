//! What travels between threads: a serialised value and the ports that move with it.

use crate::engine::wire::Wire;
use crate::pool::TaskId;
use crate::port;

/// A port that carries messages.
pub type Port = port::Port<Message>;

/// Isolate-free and `Send`; the thread that receives it makes JavaScript values of it.
pub struct Message {
    pub kind: Kind,
    pub wire: Wire,
    pub ports: Vec<Port>,
}

/// What a message is, as JavaScript is told it: 0 for the user's listeners, 1 for this package's other
/// half (it travels among the user's messages, which is what keeps their order), and from
/// [`Kind::FIRST_TASK`] on the tasks of a pool and their results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind(pub i32);

impl Kind {
    pub const USER: Kind = Kind(0);
    /// Twice the task's number is added, and a bit that JavaScript uses.
    const FIRST_TASK: i32 = 16;

    /// The number of the task; `None` for everything else.
    pub fn task_id(self) -> Option<TaskId> {
        TaskId::try_from(self.0 - Self::FIRST_TASK)
            .ok()
            .map(|number| number / 2)
    }
}
