//! Messages of shared-memory queues that do not fit into a slot: those that are too large, and those with attachments.
//! The slot holds only the message's number. The messages are kept here, process-wide, for as long as the queue's
//! memory exists. Whether any thread has an object for the queue does not matter: the queue may be in transit inside a
//! message.
//!
//! Pushing a message only looks at its own queue. Garbage is collected now and then. Each collection examines about as
//! many messages as were pushed since the previous one, so the amortised cost per message is constant.
//!
//! A message may hold the memory of its own queue, or of a queue that holds this one. Such cycles are found by
//! counting: if all owners of a queue's memory are messages kept here, and all of those are in queues with the same
//! property, then nobody can pop them any more. Memory that is held by a message in a port's mailbox counts as in use.

use std::collections::HashMap;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use crate::message::Message;
use crate::shared::WeakMemory;
use crate::shared::queue::SharedQueue;

/// The messages of one queue.
pub(crate) struct Boxes {
    memory: WeakMemory,
    /// No other lock is taken, and no message is dropped, under this lock. A thread that holds several of these locks
    /// also holds that of [`QUEUES`].
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    others: HashMap<u64, Message>,
    /// Messages that hold shared memory, which may be the memory of queues.
    sharing: HashMap<u64, Message>,
}

impl Kept {
    fn len(&self) -> usize {
        self.others.len() + self.sharing.len()
    }
}

/// By the address of the queue.
static QUEUES: LazyLock<Mutex<HashMap<usize, Arc<Boxes>>>> = LazyLock::new(Mutex::default);

/// Pushes since the last collection, and the number at which the next one is due.
static HAPPENED: AtomicUsize = AtomicUsize::new(0);
static DUE: AtomicUsize = AtomicUsize::new(LEAST);
const LEAST: usize = 16;

/// The messages of this queue, whose store the caller holds.
pub(crate) fn of(queue: &SharedQueue) -> Arc<Boxes> {
    let mut queues = QUEUES.lock().unwrap();
    let found = queues.get(&queue.address());
    if let Some(boxes) = found.filter(|boxes| !boxes.memory.is_gone()) {
        return boxes.clone();
    }
    let boxes = Arc::new(Boxes {
        memory: queue.memory().downgrade(),
        kept: Mutex::default(),
    });
    let gone = queues.insert(queue.address(), boxes.clone());
    drop(queues);
    drop(gone);
    boxes
}

impl Boxes {
    /// Returns the message's number, which is never 0.
    pub(crate) fn put(&self, message: Message) -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = NEXT.fetch_add(1, Relaxed);
        let is_sharing = message.wire.shared_addresses().next().is_some();
        let mut kept = self.kept.lock().unwrap();
        match is_sharing {
            true => kept.sharing.insert(number, message),
            false => kept.others.insert(number, message),
        };
        drop(kept);
        look_when_due();
        number
    }

    /// Returns `None` if the message was taken already.
    pub(crate) fn take(&self, number: u64) -> Option<Message> {
        let mut kept = self.kept.lock().unwrap();
        let Kept { others, sharing } = &mut *kept;
        others.remove(&number).or_else(|| sharing.remove(&number))
    }
}

/// A thread no longer uses the queue at this address.
pub(super) fn let_go(address: usize) {
    let mut queues = QUEUES.lock().unwrap();
    let is_gone = queues.get(&address).is_some_and(|boxes| boxes.memory.is_gone());
    let gone = if is_gone { queues.remove(&address) } else { None };
    drop(queues);
    drop(gone);
    look_when_due();
}

fn look_when_due() {
    if HAPPENED.fetch_add(1, Relaxed) + 1 >= DUE.load(Relaxed) {
        drop_unreachable();
    }
}

/// Drops messages that nobody can take any more, and the entries of queues that are gone. Returns true when messages
/// were dropped.
fn drop_unreachable() -> bool {
    let mut queues = QUEUES.lock().unwrap();
    HAPPENED.store(0, Relaxed);
    let is_over = |boxes: &Arc<Boxes>| {
        let is_unused = Arc::strong_count(boxes) == 1 && boxes.kept.lock().unwrap().len() == 0;
        is_unused || boxes.memory.is_gone()
    };
    let over: Vec<_> = queues.extract_if(|_, boxes| is_over(boxes)).collect();
    let (cycles, count) = take_cycles(&queues);
    DUE.store(LEAST.max(queues.len() + count), Relaxed);
    drop(queues);
    let has_messages = |boxes: &Arc<Boxes>| boxes.kept.lock().unwrap().len() > 0;
    let has_dropped = !cycles.is_empty() || over.iter().any(|(_, boxes)| has_messages(boxes));
    drop(over);
    drop(cycles);
    has_dropped
}

/// Memory that contains queues.
#[derive(Default)]
struct Node {
    owners: usize,
    /// How many of the owners are kept messages.
    inside: usize,
    /// Indices of these messages in the list under examination.
    queues: Vec<usize>,
    is_reachable: bool,
}

/// The messages of queues that only such messages hold, and how many messages were examined.
fn take_cycles(queues: &HashMap<usize, Arc<Boxes>>) -> (Vec<Kept>, usize) {
    // While all these queues are locked, the memory that their messages hold gets no new owner, because a new owner
    // would have to pop a message first. Queues without such messages hold no memory.
    let mut looked_at: Vec<(&WeakMemory, MutexGuard<Kept>)> = queues
        .values()
        .map(|boxes| (&boxes.memory, boxes.kept.lock().unwrap()))
        .filter(|(_, kept)| !kept.sharing.is_empty())
        .collect();
    let mut nodes: HashMap<usize, Node> = HashMap::new();
    for (index, (memory, _)) in looked_at.iter().enumerate() {
        let node = nodes.entry(memory.address()).or_default();
        node.owners = memory.owner_count();
        node.queues.push(index);
    }
    let held_by = |index: usize| {
        let (_, kept): &(_, MutexGuard<Kept>) = &looked_at[index];
        kept.sharing
            .values()
            .flat_map(|message| message.wire.shared_addresses())
    };
    for address in (0..looked_at.len()).flat_map(held_by) {
        if let Some(node) = nodes.get_mut(&address) {
            node.inside += 1;
        }
    }
    let from_outside = nodes.iter().filter(|(_, node)| node.owners > node.inside);
    let mut to_visit: Vec<usize> = from_outside.map(|(&address, _)| address).collect();
    while let Some(address) = to_visit.pop() {
        match nodes.get_mut(&address) {
            Some(node) if !node.is_reachable => {
                node.is_reachable = true;
                to_visit.extend(node.queues.iter().copied().flat_map(held_by));
            }
            _ => {}
        }
    }
    let count = looked_at.iter().map(|(_, kept)| kept.sharing.len()).sum();
    let unreachable = nodes.into_values().filter(|node| !node.is_reachable);
    let cycles = unreachable
        .flat_map(|node| node.queues)
        .map(|index| std::mem::take(&mut *looked_at[index].1))
        .collect();
    (cycles, count)
}

/// The thread ends: forgets its queues.
pub(super) fn sweep() {
    // A dropped message may have been the last owner of other queues.
    while drop_unreachable() {}
}
