//! A native worker of a pool: pulls tasks, and posts their results.

use std::sync::Arc;

use serde::Serialize;

use super::failure::Failure;
use super::thread::{Entry, call};
use super::worker::{NativeWorker, Outcome};
use crate::message::{Kind, Message};
use crate::pool::{Seat, TaskId};
use crate::shared;

enum Next {
    Task(TaskId, Message),
    Retired,
    Terminated,
}

/// Until it is to end. Returns the exit code.
pub fn run(worker: &Arc<NativeWorker>, entry: &Entry, seat: &Seat<Message>, name: &str) -> i32 {
    let mut sleeper = worker.new_sleeper();
    seat.member.begin(sleeper.waker().clone());
    #[derive(Serialize)]
    struct Ready {
        #[serde(rename = "type")]
        kind: &'static str,
    }
    worker.post_control(&Ready { kind: "ready" });
    seat.member.start_looking();
    let mut finished = 0;
    loop {
        let next = look(worker, seat).or_else(|| sleeper.wait(None, || look(worker, seat)));
        match next {
            Some(Next::Task(id, message)) => {
                if !seat.may_hold_back() {
                    seat.flush();
                }
                let Some(message) = run_task(worker, entry, seat, id, message, name) else {
                    seat.flush();
                    break 1;
                };
                // As in `Realm::leave_barriers`.
                match message.kind.is_error() {
                    true => shared::end_meetings(),
                    false => shared::leave_meetings(),
                }
                seat.finish(id, message, true);
                finished += 1;
                if entry.most_tasks.is_some_and(|most| finished >= most) {
                    seat.pool.retire(&seat.member);
                }
            }
            Some(Next::Retired) => break 0,
            Some(Next::Terminated) | None => break 1,
        }
    }
}

/// `None`: the thread may sleep, and is woken when there is something.
fn look(worker: &NativeWorker, seat: &Seat<Message>) -> Option<Next> {
    loop {
        if worker.is_terminated() {
            seat.flush();
            return Some(Next::Terminated);
        }
        if let Some((id, message)) = seat.pool.take(&seat.member) {
            return Some(Next::Task(id, message));
        }
        seat.flush();
        if seat.member.is_retired() {
            return Some(Next::Retired);
        }
        if seat.pool.rest(&seat.member) {
            return None;
        }
    }
}

/// `None`: the worker was ended, and leaves the task undone.
fn run_task(
    worker: &Arc<NativeWorker>,
    entry: &Entry,
    seat: &Seat<Message>,
    id: TaskId,
    message: Message,
    name: &str,
) -> Option<Message> {
    let Some(info) = entry.library.workers.get(message.kind.function()) else {
        return Some(failed(worker, id, Failure::new("there is no such function")));
    };
    let number = worker.begin(Some(id));
    if seat.member.heed(id).is_some() {
        worker.abort(id);
    }
    let outcome = call(worker, info, number, name, Some(message), None);
    worker.end();
    match outcome {
        Outcome::Value(message) => Some(Message {
            kind: Kind::result(id),
            ..message
        }),
        Outcome::Failure(failure) if failure.is_terminated && worker.is_terminated() => None,
        Outcome::Failure(mut failure) => {
            failure.worker.clone_from(&info.name);
            Some(failed(worker, id, failure))
        }
    }
}

fn failed(worker: &NativeWorker, id: TaskId, failure: Failure) -> Message {
    Message {
        kind: Kind::error(id),
        wire: failure.to_task(worker.thread_id),
        ports: Vec::new(),
    }
}
