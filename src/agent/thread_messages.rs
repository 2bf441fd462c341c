//! Messages between any two threads of the process, by their ids: Node's `postMessageToThread()`.

use std::cell::RefCell;
use std::rc::Rc;

use super::delivery::MESSAGES_PER_TURN;
use super::endpoints::Sink;
use super::{Agent, Dispatch, Event, Host, Source};
use crate::message::Message;
use crate::threads::{Address, Answer, Inbox, Incoming, Reply, Threads};

static THREADS: Threads<Message> = Threads::new();

/// The inbox of a thread that is about to start.
pub fn enter_thread(id: u64) -> Inbox<Message> {
    THREADS.enter(id)
}

/// A message to a thread that JavaScript is about to post.
pub(super) struct ThreadCall {
    to: Address<Message>,
    number: u32,
}

pub(super) struct ThreadMessages<L> {
    inbox: RefCell<Option<Inbox<Message>>>,
    listener: RefCell<Option<Rc<L>>>,
    /// For the message that is being delivered.
    reply: RefCell<Option<Reply<Message>>>,
}

impl<L> Default for ThreadMessages<L> {
    fn default() -> Self {
        Self {
            inbox: RefCell::default(),
            listener: RefCell::default(),
            reply: RefCell::default(),
        }
    }
}

impl<L> ThreadMessages<L> {
    pub(super) fn leak_listener(&self) {
        std::mem::forget(self.listener.take());
    }

    /// The thread ends: the senders of what it has not answered are told so.
    pub(super) fn close(&self) {
        drop(self.listener.take());
        drop(self.reply.take());
        drop(self.inbox.take());
    }
}

impl<H: Host> Agent<H> {
    /// A worker's inbox, which exists since the worker was created.
    pub fn set_inbox(&self, inbox: Inbox<Message>) {
        *self.thread_messages.inbox.borrow_mut() = Some(inbox);
    }

    /// The listener for messages to this thread, and for the answers to its own.
    pub fn listen_to_threads(&self, listener: H::Listener) {
        *self.thread_messages.listener.borrow_mut() = Some(Rc::new(listener));
    }

    /// From now on the listener receives them.
    pub fn receive_thread_messages(&self, id: u64) {
        self.thread_messages
            .inbox
            .borrow_mut()
            .get_or_insert_with(|| enter_thread(id))
            .bind(self.waker.clone(), Source::Threads.token());
    }

    /// An endpoint for one message to this thread, whose answer has this number. `None`: there is no such thread.
    pub fn call_thread(&self, id: u64, number: u32) -> Option<usize> {
        let to = THREADS.find(id)?;
        Some(self.add_sink(Sink::Thread(ThreadCall { to, number })))
    }

    pub(super) fn post_to_thread(&self, call: &ThreadCall, message: Message) {
        if let Some(inbox) = &*self.thread_messages.inbox.borrow() {
            call.to.post(message, inbox.reply(call.number));
        }
    }

    /// Answers the message that is being delivered.
    pub fn answer_thread(&self, answer: Answer) {
        if let Some(reply) = self.thread_messages.reply.take() {
            reply.answer(answer);
        }
    }

    pub(super) fn deliver_thread_messages(&self) -> Option<usize> {
        let Some(listener) = self.thread_messages.listener.borrow().clone() else {
            return Some(0);
        };
        let mut delivered = 0;
        // Not all at once: if the thread is abandoned here, what it has not received must still be answered.
        while let Some(incoming) = self.next_incoming() {
            let status = match incoming {
                Incoming::Message { mut message, reply } => {
                    *self.thread_messages.reply.borrow_mut() = Some(reply);
                    let status = H::deliver(self, &listener, &mut message);
                    drop(self.thread_messages.reply.take());
                    status
                }
                Incoming::Answer { number, answer } => self.host.notify(&listener, Event::Answered { number, answer }),
            };
            if status == Dispatch::Terminating {
                return None;
            }
            delivered += 1;
            if delivered == MESSAGES_PER_TURN {
                self.waker.push(Source::Threads.token());
                break;
            }
        }
        Some(delivered)
    }

    fn next_incoming(&self) -> Option<Incoming<Message>> {
        self.thread_messages.inbox.borrow().as_ref()?.next()
    }
}
