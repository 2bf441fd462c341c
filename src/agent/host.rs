//! What an agent requires from the runtime on its thread.

use super::{Agent, Dispatch};
use crate::message::Message;
use crate::pool::TaskId;
use crate::threads::Answer;

/// Events that a listener receives besides messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The port is closed.
    Close,
    /// The task was asked to end.
    Aborted(TaskId),
    /// The task has timed out.
    TimedOut(TaskId),
    /// There are no more tasks for this worker.
    Retired,
    /// An operation has ended, with this outcome and number.
    Ended { outcome: i32, operation: usize },
    /// The thread's message to another thread, with this number, was answered.
    Answered { number: u32, answer: Answer },
    /// There are notices of named locks.
    LockNotices,
}

/// The code that runs on an agent's thread: the JavaScript of an isolate, or a native worker. Every method is called on
/// that thread.
pub trait Host: Sized + 'static {
    /// Receives messages and events: a JavaScript object, or a function of a native worker.
    type Listener;

    /// Delivers a message as a task by itself. Takes the attachments out of the message.
    fn deliver(agent: &Agent<Self>, listener: &Self::Listener, message: &mut Message) -> Dispatch;

    /// The same for a message that other threads read too: nothing in it is transferred.
    fn deliver_shared(&self, listener: &Self::Listener, message: &Message) -> Dispatch;

    /// Delivers an event to the listener as a task by itself.
    fn notify(&self, listener: &Self::Listener, event: Event) -> Dispatch;

    /// The listener no longer has a port: it responds to no key from now on. [`Event::Close`] follows. `is_referenced`:
    /// the port has kept the event loop alive.
    fn detach(&self, listener: &Self::Listener, is_referenced: bool);

    /// Everything that `run` delivers to this listener is one task.
    fn batch<T>(&self, listener: &Self::Listener, run: impl FnOnce() -> T) -> T;

    /// Runs pending jobs between two messages of a batch.
    fn checkpoint(&self);

    /// Whether the agent needs the thread's event loop to stay alive.
    fn set_referenced(&self, is_referenced: bool);

    /// Calls [`Agent::look_for_results`] once after this many milliseconds. Returns false when the host has no timers.
    fn look_later(&self, milliseconds: u64) -> bool;
}
