//! Sequences of operations on several channels, checked against a model that is trivially correct: every port is a list
//! of message numbers and a location.
//!
//! Everything happens on one thread here; two loops take turns. Each step checks the contents of each mailbox, which
//! ports are closed, which messages are alive, and that every thread with something to do was notified.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use proptest::prelude::*;

use super::test_reader::look;
use super::{Port, channel};
use crate::event_loop::test_loop::TestLoop;
use crate::event_loop::{Token, Waker};

const LOOPS: usize = 2;

/// An index into the ports that are held at that moment, modulo their number.
type Pick = usize;

#[derive(Debug, Clone)]
enum Operation {
    Create,
    Post(Pick),
    /// Posts on the first port a message that contains the second one.
    PostPort(Pick, Pick),
    /// Receives one message, as `receiveMessageOnPort` does.
    Receive(Pick),
    Close(Pick),
    Unbind(Pick),
    Bind(Pick, usize),
    /// The thread wakes up and looks at every port that it was notified of.
    Drain(usize),
}

fn operation() -> impl Strategy<Value = Operation> {
    let pick = || 0..1000usize;
    prop_oneof![
        2 => Just(Operation::Create),
        4 => pick().prop_map(Operation::Post),
        3 => (pick(), pick()).prop_map(|(on, sent)| Operation::PostPort(on, sent)),
        2 => pick().prop_map(Operation::Receive),
        1 => pick().prop_map(Operation::Close),
        1 => pick().prop_map(Operation::Unbind),
        3 => (pick(), 0..LOOPS).prop_map(|(port, thread)| Operation::Bind(port, thread)),
        3 => (0..LOOPS).prop_map(Operation::Drain),
    ]
}

/// A port's number. The two of a channel differ in the last bit.
type Id = usize;

struct Message {
    number: usize,
    port: Option<(Id, Port<Message>)>,
    _alive: Arc<()>,
}

/// The model of a port, wherever the port is.
#[derive(Debug, Default)]
struct ModelPort {
    /// The number of each message, and the port inside it.
    mailbox: VecDeque<(usize, Option<Id>)>,
    is_closed: bool,
}

/// A port that is held.
struct Held {
    port: Port<Message>,
    bound_to: Option<usize>,
}

#[derive(Default)]
struct World {
    model: Vec<ModelPort>,
    held: BTreeMap<Id, Held>,
    messages: usize,
    alive: Arc<()>,
}

impl World {
    fn pick(&self, pick: Pick) -> Option<Id> {
        let index = pick.checked_rem(self.held.len())?;
        self.held.keys().nth(index).copied()
    }

    /// Does nothing when no port is held.
    fn with(&mut self, pick: Pick, act: impl FnOnce(&mut Self, Id)) {
        if let Some(id) = self.pick(pick) {
            act(self, id);
        }
    }

    fn create(&mut self) {
        let id = self.model.len();
        let (first, second) = channel();
        for (id, port) in [(id, first), (id + 1, second)] {
            self.model.push(ModelPort::default());
            self.held.insert(id, Held { port, bound_to: None });
        }
    }

    fn post(&mut self, on: Id, sent: Option<Id>) {
        // The realm closes a port that is posted into its own channel, so that case never reaches `Port`.
        let sent = sent.filter(|sent| sent ^ 1 != on && *sent != on);
        let number = self.messages;
        self.messages += 1;
        let port = sent.and_then(|id| Some((id, self.held.remove(&id)?.port)));
        if let Some((_, port)) = &port {
            port.unbind();
        }
        let result = self.held[&on].port.post(Message {
            number,
            port,
            _alive: self.alive.clone(),
        });
        if self.model[on ^ 1].is_closed {
            assert_eq!(result.expect_err("the message comes back").number, number);
            sent.into_iter().for_each(|id| self.close_in_model(id));
        } else {
            assert!(result.is_ok());
            self.model[on ^ 1].mailbox.push_back((number, sent));
        }
    }

    fn receive(&mut self, id: Id) {
        let message = self.held[&id].port.try_receive();
        assert_eq!(message.is_some(), !self.model[id].mailbox.is_empty());
        if let Some(message) = message {
            self.received(id, message);
        }
    }

    fn received(&mut self, by: Id, message: Message) {
        let inside = message.port.as_ref().map(|(id, _)| *id);
        assert_eq!(self.model[by].mailbox.pop_front(), Some((message.number, inside)));
        if let Some((id, port)) = message.port {
            self.held.insert(id, Held { port, bound_to: None });
        }
    }

    fn close(&mut self, id: Id) {
        drop(self.held.remove(&id));
        self.close_in_model(id);
    }

    fn close_in_model(&mut self, id: Id) {
        self.model[id].is_closed = true;
        for (_, inside) in std::mem::take(&mut self.model[id].mailbox) {
            inside.into_iter().for_each(|id| self.close_in_model(id));
        }
    }

    fn bind(&mut self, id: Id, thread: Option<(usize, Arc<Waker>)>) {
        let held = self.held.get_mut(&id).expect("a held port");
        held.bound_to = thread.as_ref().map(|(thread, _)| *thread);
        match thread {
            Some((_, waker)) => held.port.bind(waker, Token(id)),
            None => held.port.unbind(),
        }
    }

    fn drain(&mut self, thread: usize, told: Vec<Token>) {
        for item in told {
            let Token(id) = item;
            // The key of a port that has left or closed is stale.
            let Some(held) = self.held.get(&id).filter(|held| held.bound_to == Some(thread)) else {
                continue;
            };
            let mut messages = Vec::new();
            look(&held.port, |message| messages.push(message));
            messages.into_iter().for_each(|message| self.received(id, message));
            assert!(self.model[id].mailbox.is_empty(), "the look left messages of port {id}");
        }
    }

    fn check(&self, loops: &[TestLoop], told: &mut [Vec<Token>]) {
        for (test_loop, told) in loops.iter().zip(told.iter_mut()) {
            let mut batch = Vec::new();
            test_loop.waker.take(&mut batch);
            told.extend(batch);
        }
        for (&id, held) in &self.held {
            let has_messages = !self.model[id].mailbox.is_empty();
            assert_eq!(held.port.has_messages(), has_messages, "port {id}");
            assert_eq!(held.port.is_peer_closed(), self.model[id ^ 1].is_closed, "port {id}");
            if let Some(thread) = held.bound_to.filter(|_| has_messages) {
                assert!(told[thread].contains(&Token(id)), "no notification for port {id}");
            }
        }
        let messages: usize = self.model.iter().map(|port| port.mailbox.len()).sum();
        assert_eq!(Arc::strong_count(&self.alive) - 1, messages);
    }
}

fn run(operations: Vec<Operation>) {
    let loops = [(); LOOPS].map(|()| TestLoop::new());
    // Notifications that each thread has received and not handled.
    let mut told = [const { Vec::new() }; LOOPS];
    let mut world = World::default();
    for operation in operations {
        let mut closed = None;
        match operation {
            Operation::Create => world.create(),
            Operation::Post(on) => world.with(on, |world, on| world.post(on, None)),
            Operation::PostPort(on, sent) => world.with(on, |world, on| world.post(on, world.pick(sent))),
            Operation::Receive(port) => world.with(port, World::receive),
            Operation::Close(port) => world.with(port, |world, id| {
                world.close(id);
                closed = Some(id);
            }),
            Operation::Unbind(port) => world.with(port, |world, id| world.bind(id, None)),
            Operation::Bind(port, thread) => {
                let waker = loops[thread].waker.clone();
                world.with(port, |world, id| world.bind(id, Some((thread, waker))));
            }
            Operation::Drain(thread) => world.drain(thread, std::mem::take(&mut told[thread])),
        }
        world.check(&loops, &mut told);
        // The other side was notified of the closing, if it listens.
        if let Some((id, thread)) = closed.and_then(|id| Some((id ^ 1, world.held.get(&(id ^ 1))?.bound_to?))) {
            assert!(
                told[thread].contains(&Token(id)),
                "port {id} was not notified of the closing"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    #[cfg_attr(miri, ignore = "slow")]
    fn ports_behave_as_the_model(operations in prop::collection::vec(operation(), 1..80)) {
        run(operations);
    }
}
