//! Messages to any thread of the process, by its id. The sender is told once what has become of its message, even when
//! one of the two threads ends in between.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::event_loop::{Token, Waker};

/// The threads that can receive messages.
pub struct Threads<M: 'static>(Mutex<BTreeMap<u64, Arc<Mailbox<M>>>>);

/// What has become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Delivered,
    /// The thread has no listener, or ended before it had called one.
    NoListener,
    ListenerThrew,
}

/// What a thread finds in its inbox.
pub enum Incoming<M: 'static> {
    Message {
        message: M,
        reply: Reply<M>,
    },
    /// To the thread's own message with this number.
    Answer {
        number: u32,
        answer: Answer,
    },
}

struct Mailbox<M: 'static>(Mutex<State<M>>);

struct State<M: 'static> {
    /// `None`: the thread has ended.
    incoming: Option<VecDeque<Incoming<M>>>,
    /// `None`: the thread does not receive yet.
    bound: Option<(Arc<Waker>, Token)>,
}

impl<M> Mailbox<M> {
    // A poisoned lock is usable, because no operation leaves the state inconsistent.
    fn state(&self) -> MutexGuard<'_, State<M>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Any thread; never blocks.
    fn push(&self, incoming: Incoming<M>) {
        let mut state = self.state();
        let Some(list) = &mut state.incoming else {
            // Unlocked first: a dropped message is answered, and closes ports.
            drop(state);
            return drop(incoming);
        };
        list.push_back(incoming);
        if list.len() == 1
            && let Some((waker, token)) = &state.bound
        {
            waker.push(*token);
        }
    }
}

impl<M> Threads<M> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Mailbox<M>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on messages to the thread with this id arrive in the inbox. It collects them until it is bound.
    pub fn enter(&'static self, id: u64) -> Inbox<M> {
        let mailbox = Arc::new(Mailbox(Mutex::new(State {
            incoming: Some(VecDeque::new()),
            bound: None,
        })));
        self.known().insert(id, mailbox.clone());
        Inbox {
            mailbox,
            threads: self,
            id,
        }
    }

    /// The address of the thread with this id, if it exists.
    pub fn find(&self, id: u64) -> Option<Address<M>> {
        self.known().get(&id).cloned().map(Address)
    }
}

/// Where a thread receives. Dropping it answers what was not received.
pub struct Inbox<M: 'static> {
    mailbox: Arc<Mailbox<M>>,
    threads: &'static Threads<M>,
    id: u64,
}

impl<M> Inbox<M> {
    /// The thread is pushed this token from now on when something has arrived.
    pub fn bind(&self, waker: Arc<Waker>, token: Token) {
        let mut state = self.mailbox.state();
        if state.incoming.as_ref().is_some_and(|list| !list.is_empty()) {
            waker.push(token);
        }
        state.bound = Some((waker, token));
    }

    pub fn next(&self) -> Option<Incoming<M>> {
        self.mailbox.state().incoming.as_mut()?.pop_front()
    }

    /// What a message of this thread is answered with.
    pub fn reply(&self, number: u32) -> Reply<M> {
        Reply {
            sender: self.mailbox.clone(),
            number,
            answer: Answer::NoListener,
        }
    }
}

impl<M> Drop for Inbox<M> {
    fn drop(&mut self) {
        let mut known = self.threads.known();
        if known
            .get(&self.id)
            .is_some_and(|other| Arc::ptr_eq(other, &self.mailbox))
        {
            known.remove(&self.id);
        }
        drop(known);
        let mut state = self.mailbox.state();
        let rest = state.incoming.take();
        state.bound = None;
        drop(state);
        drop(rest);
    }
}

/// Where to post a thread's messages.
pub struct Address<M: 'static>(Arc<Mailbox<M>>);

impl<M> Address<M> {
    /// Any thread; never blocks.
    pub fn post(&self, message: M, reply: Reply<M>) {
        self.0.push(Incoming::Message { message, reply });
    }
}

/// Answers a message when it is dropped: with `NoListener` unless `answer` was called.
pub struct Reply<M: 'static> {
    sender: Arc<Mailbox<M>>,
    number: u32,
    answer: Answer,
}

impl<M> Reply<M> {
    pub fn answer(mut self, answer: Answer) {
        self.answer = answer;
    }
}

impl<M> Drop for Reply<M> {
    fn drop(&mut self) {
        let Self { number, answer, .. } = *self;
        self.sender.push(Incoming::Answer { number, answer });
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use super::*;

    fn enter(id: u64) -> Inbox<&'static str> {
        // Each test uses its own ids.
        static THREADS: Threads<&str> = Threads::new();
        THREADS.enter(id)
    }

    fn post(from: &Inbox<&'static str>, to: u64, message: &'static str, number: u32) -> bool {
        let address = from.threads.find(to);
        address.is_some_and(|address| {
            address.post(message, from.reply(number));
            true
        })
    }

    fn answer_of(inbox: &Inbox<&'static str>) -> Option<(u32, Answer)> {
        match inbox.next()? {
            Incoming::Answer { number, answer } => Some((number, answer)),
            Incoming::Message { .. } => None,
        }
    }

    #[test]
    fn messages_arrive_in_order_and_are_answered() {
        let (first, second) = (enter(10), enter(11));
        assert!(post(&first, 11, "a", 1));
        assert!(post(&first, 11, "b", 2));
        for (expected, answer) in [("a", Answer::Delivered), ("b", Answer::ListenerThrew)] {
            let Some(Incoming::Message { message, reply }) = second.next() else {
                panic!("no message")
            };
            assert_eq!(message, expected);
            reply.answer(answer);
        }
        assert!(second.next().is_none());
        assert_eq!(answer_of(&first), Some((1, Answer::Delivered)));
        assert_eq!(answer_of(&first), Some((2, Answer::ListenerThrew)));
        assert!(first.next().is_none());
    }

    #[test]
    fn a_thread_that_ends_answers_what_it_has_not_received() {
        let (first, second) = (enter(20), enter(21));
        let address = first.threads.find(21).unwrap();
        assert!(post(&first, 21, "unread", 1));
        drop(second);
        assert_eq!(answer_of(&first), Some((1, Answer::NoListener)));
        assert!(!post(&first, 21, "no such thread", 2));
        address.post("too late", first.reply(3));
        assert_eq!(answer_of(&first), Some((3, Answer::NoListener)));
    }

    #[test]
    fn a_message_whose_sender_has_ended_is_delivered() {
        let (first, second) = (enter(30), enter(31));
        assert!(post(&first, 31, "a", 1));
        drop(first);
        let Some(Incoming::Message { message, reply }) = second.next() else {
            panic!("no message")
        };
        assert_eq!(message, "a");
        reply.answer(Answer::Delivered);
    }

    #[test]
    fn an_inbox_wakes_its_thread_from_when_it_is_bound() {
        let (first, second) = (enter(40), enter(41));
        assert!(post(&first, 41, "a", 1));
        let wakes = Arc::new(AtomicUsize::new(0));
        let count = wakes.clone();
        let waker = Arc::new(Waker::new(Box::new(move || {
            count.fetch_add(1, SeqCst);
        })));
        second.bind(waker.clone(), Token(7));
        let mut ready = Vec::new();
        waker.take(&mut ready);
        assert_eq!((wakes.load(SeqCst), &ready[..]), (1, &[Token(7)][..]));
        second.next();
        assert!(post(&first, 41, "b", 2));
        ready.clear();
        waker.take(&mut ready);
        assert_eq!(ready, [Token(7)]);
    }
}
