//! Messages to any thread of the process, by its id.

use isothreads_codec::protocol::message_kind;

use super::table::bindings;
use super::{Result, agent};
use crate::engine::value::Value;
use crate::threads::Answer;

bindings! {
    c"listenToThreads" => listen_to_threads(listener);
    c"receiveThreadMessages" => receive_thread_messages(thread_id);
    c"callThread" => call_thread(thread_id, number);
    c"answerThread" => answer_thread(answer);
}

/// Sets the object that will receive messages to this thread, and the answers to its own messages.
fn listen_to_threads(listener: Value) -> Result<()> {
    let agent = agent()?;
    agent.listen_to_threads(agent.host.realm().hold(listener));
    Ok(())
}

/// From now on it receives them. This thread has this id.
fn receive_thread_messages(thread_id: u32) -> Result<()> {
    agent()?.receive_thread_messages(thread_id.into());
    Ok(())
}

/// The key of an endpoint for one message, whose answer has this number; `null`: there is no such thread.
fn call_thread(thread_id: u32, number: u32) -> Result<Option<u32>> {
    Ok(agent()?.call_thread(thread_id.into(), number).map(|key| key as u32))
}

/// Answers the message that is being delivered, with a message kind.
fn answer_thread(answer: i32) -> Result<()> {
    agent()?.answer_thread(match answer {
        message_kind::DELIVERED => Answer::Delivered,
        message_kind::LISTENER_THREW => Answer::ListenerThrew,
        _ => Answer::NoListener,
    });
    Ok(())
}
