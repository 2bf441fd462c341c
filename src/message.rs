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
    pub const CONTROL: Kind = Kind(1);
    /// Four times the task's number is added, and two bits for what it is.
    const FIRST_TASK: i32 = 16;
    // Of what a worker posts about its task; `lib/core/task-number.js` has them, too.
    const RESULT: u32 = 0;
    const ERROR: u32 = 1;
    /// Not yet the result, from this on.
    const INTERIM: u32 = 2;

    fn of_task(id: TaskId, what: u32) -> Self {
        Self((id * 4 + what) as i32 + Self::FIRST_TASK)
    }

    /// What the task returned.
    pub fn result(id: TaskId) -> Self {
        Self::of_task(id, Self::RESULT)
    }

    /// Why it returned nothing.
    pub fn error(id: TaskId) -> Self {
        Self::of_task(id, Self::ERROR)
    }

    pub fn progress(id: TaskId) -> Self {
        Self::of_task(id, Self::INTERIM)
    }

    /// Of a task of native workers, which need no more than the number of the function.
    pub fn of_function(function: u16) -> Self {
        Self(i32::from(function))
    }

    pub fn function(self) -> usize {
        self.0 as usize
    }

    fn task_number(self) -> Option<u32> {
        u32::try_from(self.0 - Self::FIRST_TASK).ok()
    }

    /// The number of the task; `None` for everything else.
    pub fn task_id(self) -> Option<TaskId> {
        self.task_number().map(|number| number / 4)
    }

    /// Whether it says why a task returned nothing.
    pub fn is_error(self) -> bool {
        self.task_number().is_some_and(|number| number & 3 == Self::ERROR)
    }

    /// Whether the task goes on after this message of its worker's.
    pub fn is_interim(self) -> bool {
        self.task_number().is_some_and(|number| number & 3 >= Self::INTERIM)
    }
}
