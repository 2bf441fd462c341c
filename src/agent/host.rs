//! What an agent needs of whatever runs on its thread.

use super::{Agent, Dispatch};
use crate::message::Message;
use crate::pool::TaskId;

/// What a listener is told besides messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The port is closed.
    Close,
    /// The task was asked to end.
    Aborted(TaskId),
    /// The task's time is up.
    TimedOut(TaskId),
    /// There are no more tasks for this worker.
    Retired,
    /// An operation has ended: how, and its number.
    Ended { outcome: i32, operation: usize },
}

/// Code that runs on an agent's thread: JavaScript of an isolate, or a native worker. Every method is called on that thread.
pub trait Host: Sized + 'static {
    /// Hears of messages and events: a JavaScript object, or a function of a native worker.
    type Listener;

    /// Hands over a message, as a task of its own. Takes out of the message what is handed over.
    fn deliver(agent: &Agent<Self>, listener: &Self::Listener, message: &mut Message) -> Dispatch;

    /// The same with a message that other threads read, too: nothing in it moves.
    fn deliver_shared(&self, listener: &Self::Listener, message: &Message) -> Dispatch;

    /// Tells the listener that something happened, as a task of its own.
    fn notify(&self, listener: &Self::Listener, event: Event) -> Dispatch;

    /// The listener's port has left it: the listener answers to no key any more.
    fn detach(&self, listener: &Self::Listener);

    /// Everything that `run` delivers to this listener is one task.
    fn batch<T>(&self, listener: &Self::Listener, run: impl FnOnce() -> T) -> T;

    /// Runs what is due between two messages of a batch.
    fn checkpoint(&self);

    /// Whether the agent has a reason to keep the thread's event loop alive.
    fn set_referenced(&self, is_referenced: bool);

    /// Calls [`Agent::look_for_results`] once, after this many milliseconds. False when the host cannot.
    fn look_later(&self, milliseconds: u64) -> bool;
}
