//! A pool worker's thread: it pulls tasks and posts their results.

use std::cell::Cell;
use std::ops::Deref;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::delivery::MESSAGES_PER_TURN;
use super::endpoints::Sink;
use super::{Agent, Dispatch, Event, Host, Source};
use crate::message::{Kind, Message, Note};
use crate::pool::{Abort, Slot, TaskId};

/// How long tasks may run back to back before `process.nextTick` callbacks run.
const BATCH: Duration = Duration::from_micros(100);

/// This thread's slot in its pool.
pub struct TaskSlot {
    slot: Slot<Message>,
    /// Key of the endpoint whose listener receives tasks.
    key: Cell<usize>,
    /// Tasks are being delivered: results posted meanwhile need no wake-up.
    is_pulling: Cell<bool>,
    last_finished: Cell<Option<TaskId>>,
    is_told_retired: Cell<bool>,
}

impl Deref for TaskSlot {
    type Target = Slot<Message>;

    fn deref(&self) -> &Slot<Message> {
        &self.slot
    }
}

/// How a batch of tasks ended.
enum Batch {
    /// There may be more tasks.
    Ended,
    NothingToDo,
    Terminating,
}

impl<H: Host> Agent<H> {
    /// Takes the slot. Returns the key of the endpoint whose listener receives tasks and to which results are posted.
    pub fn take_slot(&self, slot: Slot<Message>) -> usize {
        slot.member.begin(self.waker.clone(), Source::Tasks.token());
        let slot = Rc::new(TaskSlot {
            slot,
            key: Cell::new(0),
            is_pulling: Cell::new(false),
            last_finished: Cell::new(None),
            is_told_retired: Cell::new(false),
        });
        let key = self.add_sink(Sink::Results(slot.clone()));
        slot.key.set(key);
        *self.slot.borrow_mut() = Some(slot);
        key
    }

    pub fn slot(&self) -> Option<Rc<TaskSlot>> {
        self.slot.borrow().clone()
    }

    /// The listener is ready for tasks.
    pub fn start_tasks(&self) {
        if let Some(slot) = self.slot() {
            slot.member.start_looking();
        }
        self.pull_tasks();
    }

    fn pull_tasks(&self) {
        self.waker.push(Source::Tasks.token());
    }

    /// This worker takes no more tasks.
    pub fn retire_slot(&self) {
        if let Some(slot) = self.slot() {
            slot.pool.retire(&slot.member);
        }
    }

    /// Subscribes the task to its abort. Returns the request if it came before.
    pub fn heed_abort(&self, id: TaskId) -> Option<Abort> {
        self.slot()?.member.heed(id)
    }

    /// Whether the task was asked to end.
    pub fn abort_of(&self, id: TaskId) -> Option<Abort> {
        self.slot()?.member.abort_of(id)
    }

    /// Posts a message about a task of this worker: its result, or progress.
    pub fn finish_task(&self, slot: &TaskSlot, message: Message) {
        let Kind::Task { id, note } = message.kind else { return };
        if note.is_interim() {
            return slot.post(message);
        }
        slot.finish(id, message, slot.is_pulling.get());
        slot.last_finished.set(Some(id));
        if self.has_attended() && slot.member.is_idle() {
            self.leave_barriers(note == Note::ERROR);
        }
        if !slot.is_pulling.get() {
            self.pull_tasks();
        }
    }

    pub(super) fn deliver_tasks(&self) -> Option<usize> {
        let Some(slot) = self.slot() else { return Some(0) };
        let listener = self
            .endpoints
            .get(slot.key.get())
            .and_then(|endpoint| endpoint.listener());
        let Some(listener) = listener else { return Some(0) };
        slot.is_pulling.set(true);
        let mut delivered = 0;
        let status = loop {
            if delivered >= MESSAGES_PER_TURN {
                self.pull_tasks();
                break Some(delivered);
            }
            let batch = || self.deliver_task_batch(&slot, &listener, &mut delivered);
            match self.host.batch(&listener, batch) {
                Batch::Ended => {}
                // Code that ran at the end of the batch may have finished a task.
                Batch::NothingToDo if slot.last_finished.take().is_some() => {}
                Batch::NothingToDo => break Some(delivered),
                Batch::Terminating => break None,
            }
        };
        slot.is_pulling.set(false);
        slot.flush();
        status
    }

    /// Tasks that finish when their function returns run back to back inside one call into JavaScript. The overhead of
    /// a call from outside takes longer than a small task.
    fn deliver_task_batch(&self, slot: &TaskSlot, listener: &H::Listener, delivered: &mut usize) -> Batch {
        let begin = Instant::now();
        loop {
            let task = slot.pool.take(&slot.member);
            if task.is_none() || !slot.may_hold_back() {
                slot.flush();
            }
            // Before the task, and also without one.
            if self.deliver_signals(slot, listener) == Dispatch::Terminating {
                return Batch::Terminating;
            }
            let Some((id, mut message)) = task else {
                if slot.pool.rest(&slot.member) {
                    return Batch::NothingToDo;
                }
                continue;
            };
            *delivered += 1;
            match H::deliver(self, listener, &mut message) {
                Dispatch::Done => {}
                Dispatch::Threw => return Batch::Ended,
                Dispatch::Terminating => return Batch::Terminating,
            }
            if slot.last_finished.take() != Some(id) || *delivered >= MESSAGES_PER_TURN || begin.elapsed() > BATCH {
                return Batch::Ended;
            }
            self.host.checkpoint();
        }
    }

    /// Events that the worker receives besides its tasks.
    fn deliver_signals(&self, slot: &TaskSlot, listener: &H::Listener) -> Dispatch {
        while let Some(broadcast) = slot.pool.next_broadcast(&slot.member) {
            if self.host.deliver_shared(listener, &broadcast) == Dispatch::Terminating {
                return Dispatch::Terminating;
            }
        }
        for (id, abort) in slot.member.take_aborts() {
            let event = match abort {
                Abort::Aborted => Event::Aborted(id),
                Abort::TimedOut => Event::TimedOut(id),
            };
            if self.host.notify(listener, event) == Dispatch::Terminating {
                return Dispatch::Terminating;
            }
        }
        if slot.member.is_retired() && slot.member.is_idle() && !slot.is_told_retired.replace(true) {
            return self.host.notify(listener, Event::Retired);
        }
        Dispatch::Done
    }
}
