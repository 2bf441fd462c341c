//! Queues of waiters by the address of the word that they wait for. The queues are outside the shared memory,
//! so a lock needs only a few bits of it. The idea is WebKit's
//! (<https://webkit.org/blog/6161/locking-in-webkit/>); here tasks of an event loop can wait as well as
//! threads.
//!
//! A queue is read and changed under its lock, together with the waiting flag of the word. Removed waiters are
//! woken after the lock is released.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::parker::{Parker, Wake};
use super::sync::{Arc, Mutex};

/// A thread that has waited for longer gets the lock itself instead of a chance to take it. Handing the lock to
/// a thread that has yet to wake makes all others wait for it; never doing so lets running threads overtake it
/// for ever.
#[cfg(not(all(test, loom)))]
const PATIENCE: Duration = Duration::from_millis(1);

#[cfg(not(all(test, loom)))]
const BUCKETS: usize = 64;

/// The number of empty queues that a bucket keeps, because their words will probably be waited for again.
const KEPT: usize = 16;

/// The recipient of a wake-up.
pub enum Sleeper {
    Thread(Arc<Parker>),
    /// Called by the waking thread, which holds no lock.
    Task(Box<dyn FnOnce(Wake) + Send>),
}

impl Sleeper {
    fn wake(self, wake: Wake) {
        match self {
            Sleeper::Thread(parker) => parker.wake(wake),
            Sleeper::Task(task) => task(wake),
        }
    }
}

/// A thread or task that waits.
pub struct Waiter {
    pub id: WaiterId,
    /// The request, as the lock defines it.
    pub request: u32,
    pub holder: u32,
    pub since: Instant,
    pub sleeper: Sleeper,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaiterId(u64);

impl WaiterId {
    pub fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Relaxed))
    }
}

/// The waiters for one word, in order of arrival.
pub struct Queue<'a> {
    waiters: &'a mut VecDeque<Waiter>,
    woken: Vec<(Sleeper, Wake)>,
    cancelled: Option<Waiter>,
    patience: Duration,
}

impl Queue<'_> {
    pub fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    pub fn len(&self) -> usize {
        self.waiters.len()
    }

    /// In order of arrival.
    pub fn iter(&self) -> impl Iterator<Item = &Waiter> {
        self.waiters.iter()
    }

    pub fn first(&self) -> Option<&Waiter> {
        self.waiters.front()
    }

    pub fn push(&mut self, waiter: Waiter) {
        self.waiters.push_back(waiter);
    }

    /// Whether the first waiter gets the lock itself, rather than a chance to take it.
    pub fn is_first_to_be_granted(&self) -> bool {
        self.first().is_some_and(|waiter| match waiter.sleeper {
            Sleeper::Thread(_) => waiter.since.elapsed() >= self.patience,
            // An event loop would be too late for every chance.
            Sleeper::Task(_) => true,
        })
    }

    /// Removes and wakes the first waiter, if there is one.
    pub fn wake_first(&mut self, wake: Wake) {
        if let Some(waiter) = self.waiters.pop_front() {
            self.woken.push((waiter.sleeper, wake));
        }
    }

    /// True if it was still waiting.
    pub fn cancel(&mut self, id: WaiterId) -> bool {
        let position = self.waiters.iter().position(|waiter| waiter.id == id);
        self.cancelled = position.and_then(|position| self.waiters.remove(position));
        self.cancelled.is_some()
    }
}

type Bucket = Mutex<HashMap<usize, VecDeque<Waiter>>>;

pub struct ParkingLot {
    buckets: Box<[Bucket]>,
    patience: Duration,
}

impl ParkingLot {
    fn new(buckets: usize, patience: Duration) -> Self {
        Self {
            buckets: (0..buckets).map(|_| Mutex::new(HashMap::new())).collect(),
            patience,
        }
    }

    /// One bucket. With `is_fair` every waiter gets the lock itself, otherwise none does.
    #[cfg(test)]
    pub fn for_test(is_fair: bool) -> Self {
        Self::new(1, if is_fair { Duration::ZERO } else { Duration::MAX })
    }

    /// The parking lot of this process.
    #[cfg(not(all(test, loom)))]
    pub fn global() -> &'static Self {
        static LOT: std::sync::LazyLock<ParkingLot> = std::sync::LazyLock::new(|| ParkingLot::new(BUCKETS, PATIENCE));
        &LOT
    }

    /// Runs `change` on the queue of this address under its lock. `change` must not take another lock. The
    /// waiters that it woke are notified afterwards.
    pub fn with_queue<T>(&self, address: usize, change: impl FnOnce(&mut Queue) -> T) -> T {
        let mut bucket = self.bucket(address).lock().unwrap();
        let waiters = bucket.entry(address).or_default();
        let mut queue = Queue {
            waiters,
            woken: Vec::new(),
            cancelled: None,
            patience: self.patience,
        };
        let result = change(&mut queue);
        let Queue { woken, cancelled, .. } = queue;
        if waiters.is_empty() && bucket.len() > KEPT {
            bucket.remove(&address);
        }
        drop(bucket);
        drop(cancelled);
        for (sleeper, wake) in woken {
            sleeper.wake(wake);
        }
        result
    }

    fn bucket(&self, address: usize) -> &Bucket {
        // Fibonacci hashing; words are 4 bytes apart.
        let hash = (address as u64 >> 2).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        &self.buckets[hash as usize % self.buckets.len()]
    }
}
