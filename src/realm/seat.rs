//! A thread that is a worker of a pool: pulls tasks, and posts their results.

use std::cell::Cell;
use std::ops::Deref;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::Realm;
use super::delivery::MESSAGES_PER_TURN;
use super::ports::Outlet;
use crate::engine::realm::{Dispatch, Held};
use crate::event_loop::Ready;
use crate::message::Message;
use crate::pool::{Abort, Seat, TaskId};

// What `receive(port, kind, ...)` in JavaScript is told besides tasks and broadcasts, see
// [`crate::message::Kind`].
const KIND_ABORTED: i32 = 5;
const KIND_TIMED_OUT: i32 = 6;
const KIND_RETIRED: i32 = 7;

/// For how long tasks may follow each other before `process.nextTick` has its turn.
const BATCH: Duration = Duration::from_micros(100);

/// This thread's place among the workers of a pool.
pub(super) struct TaskSeat {
    seat: Seat<Message>,
    /// Key of the object that is told of tasks.
    key: Cell<usize>,
    /// Tasks are being handed to JavaScript: what it finishes meanwhile needs no wake-up.
    is_pulling: Cell<bool>,
    last_finished: Cell<Option<TaskId>>,
    /// It was said that there will be no more tasks.
    is_told_retired: Cell<bool>,
}

impl Deref for TaskSeat {
    type Target = Seat<Message>;

    fn deref(&self) -> &Seat<Message> {
        &self.seat
    }
}

/// How a batch of tasks ended.
enum Batch {
    /// There may be more to do.
    Ended,
    NothingToDo,
    Terminating,
}

impl Realm {
    /// Takes the seat; the object that is bound to the key hears of tasks.
    pub fn take_seat(&self, seat: Seat<Message>) -> usize {
        seat.member.begin(self.waker.clone());
        let seat = Rc::new(TaskSeat {
            seat,
            key: Cell::new(0),
            is_pulling: Cell::new(false),
            last_finished: Cell::new(None),
            is_told_retired: Cell::new(false),
        });
        let key = self.add_outlet(Outlet::Results(seat.clone()));
        seat.key.set(key);
        *self.seat.borrow_mut() = Some(seat);
        key
    }

    fn seat(&self) -> Option<Rc<TaskSeat>> {
        self.seat.borrow().clone()
    }

    /// JavaScript is ready for tasks.
    pub fn start_tasks(&self) {
        if let Some(seat) = self.seat() {
            seat.member.start_looking();
        }
        self.pull_tasks();
    }

    fn pull_tasks(&self) {
        self.waker.push(Ready::Tasks);
    }

    /// This worker takes no more tasks.
    pub fn retire_seat(&self) {
        if let Some(seat) = self.seat() {
            seat.pool.retire(&seat.member);
        }
    }

    /// Has the task told when it is asked to end. Returns that it was already.
    pub fn heed_abort(&self, id: TaskId) -> Option<Abort> {
        self.seat()?.member.heed(id)
    }

    /// Whether the task was asked to end.
    pub fn abort_of(&self, id: TaskId) -> Option<Abort> {
        self.seat()?.member.abort_of(id)
    }

    pub(super) fn finish_task(&self, seat: &TaskSeat, message: Message) {
        let Some(id) = message.kind.task_id() else { return };
        if message.kind.is_interim() {
            return seat.post(message);
        }
        let has_failed = message.kind.is_error();
        seat.finish(id, message, seat.is_pulling.get());
        seat.last_finished.set(Some(id));
        if self.has_attended() && seat.member.is_idle() {
            self.leave_barriers(has_failed);
        }
        if !seat.is_pulling.get() {
            self.pull_tasks();
        }
    }

    pub(super) fn deliver_tasks(&self) -> Option<usize> {
        let Some(seat) = self.seat() else { return Some(0) };
        let object = self
            .bound(seat.key.get())
            .and_then(|bound| bound.object.borrow().clone());
        let Some(object) = object else { return Some(0) };
        seat.is_pulling.set(true);
        let mut delivered = 0;
        let status = loop {
            if delivered >= MESSAGES_PER_TURN {
                self.pull_tasks();
                break Some(delivered);
            }
            let batch = || self.deliver_task_batch(&seat, &object, &mut delivered);
            match self.handle.batch(&object, batch) {
                Batch::Ended => {}
                // What ran at the end of the batch may have finished a task.
                Batch::NothingToDo if seat.last_finished.take().is_some() => {}
                Batch::NothingToDo => break Some(delivered),
                Batch::Terminating => break None,
            }
        };
        seat.is_pulling.set(false);
        seat.flush();
        status
    }

    /// Tasks that are finished when their function returns follow each other without the ceremony
    /// around a call from outside of JavaScript, which takes longer than a small task.
    fn deliver_task_batch(&self, seat: &TaskSeat, object: &Held, delivered: &mut usize) -> Batch {
        let begin = Instant::now();
        loop {
            let task = seat.pool.take(&seat.member);
            if task.is_none() || !seat.may_hold_back() {
                seat.flush();
            }
            // Before the task, and also when there is none.
            if self.deliver_signals(seat, object) == Dispatch::Terminating {
                return Batch::Terminating;
            }
            let Some((id, mut message)) = task else {
                if seat.pool.rest(&seat.member) {
                    return Batch::NothingToDo;
                }
                continue;
            };
            *delivered += 1;
            let keys = self.bind_ports(&mut message);
            match self.dispatch(object, &message, &keys) {
                Dispatch::Done => {}
                Dispatch::Threw => return Batch::Ended,
                Dispatch::Terminating => return Batch::Terminating,
            }
            if seat.last_finished.take() != Some(id) || *delivered >= MESSAGES_PER_TURN || begin.elapsed() > BATCH {
                return Batch::Ended;
            }
            self.handle.run_microtasks();
        }
    }

    /// What the worker is told besides its tasks.
    fn deliver_signals(&self, seat: &TaskSeat, object: &Held) -> Dispatch {
        while let Some(broadcast) = seat.pool.next_broadcast(&seat.member) {
            if self.dispatch(object, &broadcast, &[]) == Dispatch::Terminating {
                return Dispatch::Terminating;
            }
        }
        for (id, abort) in seat.member.take_aborts() {
            let kind = match abort {
                Abort::Aborted => KIND_ABORTED,
                Abort::TimedOut => KIND_TIMED_OUT,
            };
            if self.handle.notify(object, kind, id as i32) == Dispatch::Terminating {
                return Dispatch::Terminating;
            }
        }
        if seat.member.is_retired() && seat.member.is_idle() && !seat.is_told_retired.replace(true) {
            return self.handle.notify(object, KIND_RETIRED, 0);
        }
        Dispatch::Done
    }
}
