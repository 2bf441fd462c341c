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
    /// Four times the task's number is added, and two bits for what it is.
    const FIRST_TASK: i32 = 16;
    /// Of what a worker posts: not yet the result, from this on.
    const INTERIM: u32 = 2;

    fn task_number(self) -> Option<u32> {
        u32::try_from(self.0 - Self::FIRST_TASK).ok()
    }

    /// The number of the task; `None` for everything else.
    pub fn task_id(self) -> Option<TaskId> {
        self.task_number().map(|number| number / 4)
    }

    /// Whether the task goes on after this message of its worker's.
    pub fn is_interim(self) -> bool {
        self.task_number().is_some_and(|number| number & 3 >= Self::INTERIM)
    }
}
