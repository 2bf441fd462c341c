//! How a realm uses a port, for tests: it listens on a loop until the other side is closed or enough was received.

use super::Port;
use crate::event_loop::Token;
use crate::event_loop::test_loop::TestLoop;

/// The steps have the realm's order.
pub fn look<M>(port: &Port<M>, mut receive: impl FnMut(M)) {
    port.clear_scheduled();
    while let Some(message) = port.try_receive() {
        receive(message);
    }
}

/// The order matters: messages that were posted before the closing must be seen.
pub fn is_finished<M>(port: &Port<M>) -> bool {
    port.is_peer_closed() && !port.has_messages()
}

/// Binds the port to this loop and receives until it has `count` messages. Then it stays bound.
pub fn receive<M>(test_loop: &mut TestLoop, port: &Port<M>, count: usize) -> Vec<M> {
    let mut messages = Vec::new();
    port.bind(test_loop.waker.clone(), Token(0));
    test_loop.run(|item| {
        assert_eq!(item, Token(0));
        look(port, |message| messages.push(message));
        messages.len() >= count
    });
    messages
}

/// Binds the port to this loop and receives until the other side is closed.
pub fn receive_all<M>(test_loop: &mut TestLoop, port: &Port<M>) -> Vec<M> {
    let mut messages = Vec::new();
    port.bind(test_loop.waker.clone(), Token(0));
    test_loop.run(|item| {
        assert_eq!(item, Token(0));
        look(port, |message| messages.push(message));
        is_finished(port)
    });
    messages
}
