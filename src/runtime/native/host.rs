//! A native worker as an agent's host: messages and tasks become calls of its library's functions.

use std::cell::Cell;
use std::sync::Arc;

use isothreads_codec::protocol::control;

use super::call::Caller;
use super::failure::Failure;
use super::library::{Library, WorkerInfo};
use super::port::NativePort;
use super::worker::{NativeWorker, Outcome};
use super::{Entry, Signal};
use crate::agent::{Agent, Dispatch, Event, Host};
use crate::event_loop::{AwakeGuard, Notifier};
use crate::message::{Kind, Message, Note, Port};
use crate::pool::{Slot, TaskId};

pub(super) struct Native {
    caller: Caller,
    library: &'static Library,
    most_tasks: Option<u64>,
    finished_tasks: Cell<u64>,
    /// Set when the worker must end.
    exit_code: Cell<Option<i32>>,
}

pub(super) enum Listener {
    /// Answers each message with the function's result.
    Messages(&'static WorkerInfo),
    /// Runs tasks of a pool.
    Tasks,
}

impl Native {
    pub(super) fn new(worker: &Arc<NativeWorker>, entry: &Entry, name: String) -> Self {
        Self {
            caller: Caller {
                worker: worker.clone(),
                name,
                table: entry.table,
            },
            library: entry.library,
            most_tasks: entry.most_tasks,
            finished_tasks: Cell::new(0),
            exit_code: Cell::new(None),
        }
    }

    fn worker(&self) -> &Arc<NativeWorker> {
        &self.caller.worker
    }

    /// Calls the function once, with its port. Returns the exit code.
    pub(super) fn converse(&self, info: &WorkerInfo, mut input: Option<Message>, parent_port: Port) -> i32 {
        let _awake = AwakeGuard::default();
        let port = NativePort::new(parent_port, self.worker().clone());
        match self.caller.call_alone(info, input.as_mut(), Some(port)) {
            Outcome::Value(_) => 0,
            failure => self.tell_parent(failure, info),
        }
    }

    /// Calls the function once. Returns the exit code.
    pub(super) fn answer(&self, info: &WorkerInfo, mut input: Option<Message>) -> i32 {
        let _awake = AwakeGuard::default();
        self.tell_parent(self.caller.call_alone(info, input.as_mut(), None), info)
    }

    /// Calls the function for each message from the parent, until the parent closes the port. Returns the exit code.
    pub(super) fn answer_messages(self, info: &'static WorkerInfo, parent_port: Port) -> i32 {
        self.run_loop(|agent| {
            let key = agent.add_port(parent_port);
            agent.set_listener(key, Listener::Messages(info));
            agent.set_receiving(key, true);
        })
    }

    /// Runs the pool's tasks until the worker retires. Returns the exit code.
    pub(super) fn run_tasks(self, slot: Slot<Message>) -> i32 {
        self.run_loop(|agent| {
            let key = agent.take_slot(slot);
            agent.set_listener(key, Listener::Tasks);
            agent.host.worker().post_control(&Signal { kind: control::READY });
            agent.start_tasks();
        })
    }

    fn run_loop(self, begin: impl FnOnce(&Agent<Self>)) -> i32 {
        let (notifier, waker) = Notifier::new();
        self.worker().add_waker(&waker);
        let agent = Agent::new(self, waker, false);
        begin(&agent);
        let code = loop {
            agent.drain();
            if let Some(code) = agent.host.exit_code.get() {
                break code;
            }
            if agent.host.worker().is_terminated() {
                break 1;
            }
            notifier.wait(None);
        };
        agent.end();
        code
    }

    fn exit(&self, code: i32) -> Dispatch {
        self.exit_code.set(Some(code));
        Dispatch::Terminating
    }

    /// Reports to the parent how the call ended. Returns the exit code.
    fn tell_parent(&self, outcome: Outcome, info: &WorkerInfo) -> i32 {
        let worker = self.worker();
        match outcome {
            Outcome::Value(message) => {
                worker.post(message);
                0
            }
            Outcome::Failure(mut failure) => {
                if !(failure.is_terminated && worker.is_terminated()) {
                    failure.worker.clone_from(&info.name);
                    worker.post_failure(&failure);
                }
                1
            }
        }
    }

    fn answer_message(&self, info: &WorkerInfo, message: &mut Message) -> Dispatch {
        let outcome = self.caller.call_alone(info, Some(message), None);
        match self.tell_parent(outcome, info) {
            0 => Dispatch::Done,
            code => self.exit(code),
        }
    }

    fn run_task(agent: &Agent<Self>, message: &mut Message) -> Dispatch {
        let (Kind::Call { id, function }, Some(slot)) = (message.kind, agent.slot()) else {
            return Dispatch::Done;
        };
        let host = &agent.host;
        let is_aborted = || slot.member.heed(id).is_some();
        let Some(result) = host.result_of(id, function, message, is_aborted) else {
            return host.exit(1);
        };
        agent.finish_task(&slot, result);
        host.finished_tasks.set(host.finished_tasks.get() + 1);
        if host.most_tasks.is_some_and(|most| host.finished_tasks.get() >= most) {
            agent.retire_slot();
        }
        Dispatch::Done
    }

    /// Returns `None` when the worker was ended and leaves the task unfinished.
    fn result_of(
        &self,
        id: TaskId,
        function: u16,
        message: &mut Message,
        is_aborted: impl FnOnce() -> bool,
    ) -> Option<Message> {
        let Some(info) = self.library.workers.get(usize::from(function)) else {
            return Some(self.failed(id, &Failure::new("the library has no such function")));
        };
        let worker = self.worker();
        let number = worker.begin(Some(id));
        if is_aborted() {
            worker.abort(id);
        }
        let outcome = self.caller.call(info, number, Some(message), None);
        worker.end();
        match outcome {
            Outcome::Value(message) => Some(Message {
                kind: Kind::Task { id, note: Note::RESULT },
                ..message
            }),
            Outcome::Failure(failure) if failure.is_terminated && worker.is_terminated() => None,
            Outcome::Failure(mut failure) => {
                failure.worker.clone_from(&info.name);
                Some(self.failed(id, &failure))
            }
        }
    }

    fn failed(&self, id: TaskId, failure: &Failure) -> Message {
        Message {
            kind: Kind::Task { id, note: Note::ERROR },
            wire: failure.to_task(self.worker().thread_id),
            ports: Vec::new(),
        }
    }
}

impl Host for Native {
    type Listener = Listener;

    fn deliver(agent: &Agent<Self>, listener: &Listener, message: &mut Message) -> Dispatch {
        let host = &agent.host;
        if host.worker().is_terminated() {
            return host.exit(1);
        }
        match listener {
            Listener::Messages(info) => host.answer_message(info, message),
            Listener::Tasks => Self::run_task(agent, message),
        }
    }

    /// Broadcasts are only for JavaScript.
    fn deliver_shared(&self, _: &Listener, _: &Message) -> Dispatch {
        Dispatch::Done
    }

    fn notify(&self, _: &Listener, event: Event) -> Dispatch {
        match event {
            Event::Close | Event::Retired => self.exit(0),
            // The function polls instead.
            Event::Aborted(_)
            | Event::TimedOut(_)
            | Event::Ended { .. }
            | Event::Answered { .. }
            | Event::LockNotices => Dispatch::Done,
        }
    }

    fn detach(&self, _: &Listener, _: bool) {}

    fn batch<T>(&self, _: &Listener, run: impl FnOnce() -> T) -> T {
        run()
    }

    fn checkpoint(&self) {}

    /// The worker ends when it is asked to.
    fn set_referenced(&self, _: bool) {}

    fn look_later(&self, _: u64) -> bool {
        false
    }
}
