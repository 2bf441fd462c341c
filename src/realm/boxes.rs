//! Messages that are in a queue in shared memory, whose slots have only their numbers: those that are
//! too large for a slot, or have more to them than bytes. They are kept here, for the whole process, as
//! long as the memory of their queue is there, whether any thread has an object of it or not:
//! the queue itself may be on its way in a message.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, LazyLock, Mutex};

use crate::engine::memory::Watch;
use crate::message::Message;

struct Boxes {
    memory: Arc<Watch>,
    messages: HashMap<u64, Message>,
}

/// By the address of the queue. Nothing else is locked under this lock, and no message dropped.
static BOXES: LazyLock<Mutex<HashMap<usize, Boxes>>> = LazyLock::new(Mutex::default);

/// The number of the message, never 0. `memory` is there: the caller has it.
pub(super) fn put(address: usize, memory: &Arc<Watch>, message: Message) -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Relaxed);
    let mut table = BOXES.lock().unwrap();
    let gone = table.extract_if(|_, boxes| boxes.memory.is_gone());
    let gone: Vec<Boxes> = gone.map(|(_, boxes)| boxes).collect();
    let boxes = table.entry(address).or_insert_with(|| Boxes {
        memory: memory.clone(),
        messages: HashMap::new(),
    });
    boxes.messages.insert(number, message);
    drop(table);
    drop(gone);
    number
}

/// `None` when it was taken already.
pub(super) fn take(address: usize, number: u64) -> Option<Message> {
    let mut table = BOXES.lock().unwrap();
    let boxes = table.get_mut(&address)?;
    let message = boxes.messages.remove(&number);
    if boxes.messages.is_empty() {
        table.remove(&address);
    }
    message
}

/// Drops the messages of queues whose memory is gone.
pub(super) fn sweep() {
    let gone: Vec<Boxes> = {
        let mut table = BOXES.lock().unwrap();
        let gone = table.extract_if(|_, boxes| boxes.memory.is_gone());
        gone.map(|(_, boxes)| boxes).collect()
    };
    drop(gone);
}

/// How many messages are kept.
pub(super) fn count() -> usize {
    BOXES.lock().unwrap().values().map(|boxes| boxes.messages.len()).sum()
}
