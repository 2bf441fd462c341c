//! What travels between threads: a serialised value and the ports that move with it.

use crate::engine::wire::Wire;
use crate::port;

/// A port that carries messages.
pub type Port = port::Port<Message>;

/// Isolate-free and `Send`; the thread that receives it makes JavaScript values of it.
pub struct Message {
    pub kind: Kind,
    pub wire: Wire,
    pub ports: Vec<Port>,
}

/// Who a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Kind {
    /// The user's `message` listeners.
    User = 0,
    /// This package's other half: online, output, an uncaught error. It travels among the
    /// user's messages, which is what keeps their order.
    Control = 1,
}

impl From<i32> for Kind {
    fn from(number: i32) -> Self {
        if number == Kind::Control as i32 {
            Kind::Control
        } else {
            Kind::User
        }
    }
}
