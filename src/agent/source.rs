//! Why an agent's thread was woken.

use crate::event_loop::Token;

/// Packed into the token that each waking party holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The endpoint of this key has messages, or its other side was closed.
    Endpoint(usize),
    /// The thread of the worker of this key has ended.
    Worker(usize),
    /// Listeners must be notified that their ports are closed.
    Closed,
    /// The pool that the thread works for has tasks.
    Tasks,
    /// Operations that the thread waits for have ended.
    Operations,
    /// Messages from threads that know this one by its id have arrived, or answers to messages of this thread.
    Threads,
    /// Named locks were granted to the thread, or stolen from it.
    LockNotices,
    /// Nothing to deliver: the thread checks whether it must end.
    Stop,
}

const KINDS: usize = 8;

impl Source {
    pub fn token(self) -> Token {
        let (key, kind) = match self {
            Source::Endpoint(key) => (key, 0),
            Source::Worker(key) => (key, 1),
            Source::Closed => (0, 2),
            Source::Tasks => (0, 3),
            Source::Operations => (0, 4),
            Source::Threads => (0, 5),
            Source::LockNotices => (0, 6),
            Source::Stop => (0, 7),
        };
        Token(key * KINDS + kind)
    }
}

impl From<Token> for Source {
    fn from(Token(number): Token) -> Self {
        let key = number / KINDS;
        match number % KINDS {
            0 => Source::Endpoint(key),
            1 => Source::Worker(key),
            2 => Source::Closed,
            3 => Source::Tasks,
            4 => Source::Operations,
            5 => Source::Threads,
            6 => Source::LockNotices,
            _ => Source::Stop,
        }
    }
}
