//! Higher priorities come first; within a priority, the queue's order applies.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

use crate::event_loop::sync::atomic::{
    AtomicUsize,
    Ordering::{AcqRel, Acquire},
};
use crate::event_loop::sync::{Mutex, Receiver, Sender, unbounded};

/// The order within a priority.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    FirstInFirstOut,
    LastInFirstOut,
}

/// Almost every task has the default priority, 0. Those tasks use a lock-free queue. The others are counted, and the
/// queue only looks for them while there are some.
pub(super) struct Queue<T> {
    order: Order,
    sender: Sender<T>,
    receiver: Receiver<T>,
    others: Mutex<BTreeMap<Reverse<i32>, VecDeque<T>>>,
    other_count: AtomicUsize,
}

impl<T> Queue<T> {
    pub fn new(order: Order) -> Self {
        let (sender, receiver) = unbounded();
        Self {
            order,
            sender,
            receiver,
            others: Mutex::new(BTreeMap::new()),
            other_count: AtomicUsize::new(0),
        }
    }

    pub fn push(&self, priority: i32, item: T) {
        if priority == 0 && self.order == Order::FirstInFirstOut {
            // Only fails without a receiver, and `self` holds one.
            let _ = self.sender.send(item);
            return;
        }
        let mut others = self.others.lock().unwrap();
        let items = others.entry(Reverse(priority)).or_default();
        match self.order {
            Order::FirstInFirstOut => items.push_back(item),
            Order::LastInFirstOut => items.push_front(item),
        }
        self.other_count.fetch_add(1, AcqRel);
    }

    pub fn pop(&self) -> Option<T> {
        if self.other_count.load(Acquire) == 0 {
            return self.receiver.try_recv().ok();
        }
        self.pop_other(|priority| priority > 0)
            .or_else(|| self.receiver.try_recv().ok())
            .or_else(|| self.pop_other(|_| true))
    }

    fn pop_other(&self, is_wanted: impl Fn(i32) -> bool) -> Option<T> {
        let mut others = self.others.lock().unwrap();
        let mut first = others.first_entry()?;
        if !is_wanted(first.key().0) {
            return None;
        }
        let item = first.get_mut().pop_front();
        if first.get().is_empty() {
            first.remove();
        }
        self.other_count.fetch_sub(1, AcqRel);
        item
    }

    pub fn is_empty(&self) -> bool {
        self.other_count.load(Acquire) == 0 && self.receiver.is_empty()
    }
}
