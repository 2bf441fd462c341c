//! Blocking operations on locks, queues and rings for Rust threads, which share them with JavaScript threads.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use super::attended_barriers::AttendedBarriers;
use super::barrier::Passage;
use super::condvar::Awake;
use super::handle::{LockKind, SharedLock};
use super::holder::new_holder;
use super::lock::{NotTaken, Taken, take};

use super::parker::Parker;
use super::place::{SharedBarrier, SharedCondvar, SharedLatch};
use super::queue::{Item, PopError, PushError, SharedQueue, Side};
use super::ring::{Ring, RingError, SharedRing};
use super::rw_lock::WRITE;

thread_local! {
    static HOLDER: u32 = new_holder();
    static PARKER: RefCell<Arc<Parker>> = RefCell::default();
    /// The number of times that this thread reads each read-write lock, by address.
    static READS: RefCell<HashMap<usize, u32>> = RefCell::default();
    static ATTENDANCE: RefCell<Attendance> = RefCell::new(Attendance {
        holder: HOLDER.with(|holder| *holder),
        barriers: AttendedBarriers::default(),
    });
}

/// The barriers at which others wait for this thread.
struct Attendance {
    holder: u32,
    barriers: AttendedBarriers,
}

impl Drop for Attendance {
    fn drop(&mut self) {
        self.barriers.end(self.holder);
    }
}

/// The number by which locks know this thread.
pub fn holder() -> u32 {
    HOLDER.with(|holder| *holder)
}

/// Whether this thread has waited at a barrier that it has not left.
pub fn has_attended() -> bool {
    ATTENDANCE.with_borrow(|attendance| !attendance.barriers.is_empty())
}

/// This thread is about to wait at the barrier.
pub fn attend(barrier: &SharedBarrier) {
    ATTENDANCE.with_borrow_mut(|attendance| attendance.barriers.attend(barrier));
}

/// Removes this thread from all barriers without breaking them.
pub fn leave_attended_barriers() {
    ATTENDANCE.with_borrow_mut(|Attendance { holder, barriers }| barriers.leave(*holder));
}

/// This thread ends: breaks the barriers at which others wait for it.
pub fn break_attended_barriers() {
    ATTENDANCE.with_borrow_mut(|Attendance { holder, barriers }| barriers.end(*holder));
}

/// Makes this thread sleep in `parker`, so that its owner can interrupt the sleep.
pub fn sleep_in(parker: Arc<Parker>) {
    PARKER.set(parker);
}

/// What this thread sleeps in.
pub fn parker() -> Arc<Parker> {
    PARKER.with_borrow(Clone::clone)
}

impl SharedLock {
    /// Blocks until the lock is taken, or until the deadline. Only for threads without JavaScript.
    pub fn acquire(&self, request: u32, deadline: Option<Instant>) -> Result<Taken, NotTaken> {
        let holder = holder();
        let again = if self.reads_here() > 0 {
            self.read_once_more()
        } else {
            None
        };
        let at_once = again.or_else(|| self.with(|lock| lock.try_take(request, holder)));
        let taken = match at_once {
            Some(taken) => taken,
            None => self.with(|lock| take(lock, request, holder, &parker(), Instant::now(), deadline))?,
        };
        if self.is_read(request) {
            READS.with_borrow_mut(|reads| *reads.entry(self.address()).or_default() += 1);
        }
        Ok(taken)
    }

    fn is_read(&self, request: u32) -> bool {
        self.kind() == LockKind::RwLock && request != WRITE
    }

    fn reads_here(&self) -> u32 {
        match self.kind() {
            LockKind::RwLock => READS.with_borrow(|reads| reads.get(&self.address()).copied().unwrap_or(0)),
            _ => 0,
        }
    }

    /// Whether this thread holds the mutex, the write lock or the `Once`.
    pub fn is_held_here(&self) -> bool {
        let holder = holder();
        self.with(|lock| lock.is_held_by(holder))
    }

    /// Whether the thread would wait for itself.
    pub fn is_deadlock_here(&self, request: u32) -> bool {
        self.is_held_here() || !self.is_read(request) && self.reads_here() > 0
    }

    /// Releases a lock that this thread has acquired.
    pub fn release(&self, request: u32, is_poisoned: bool) {
        let holder = holder();
        if self.is_read(request) {
            READS.with_borrow_mut(|reads| {
                let left = reads.remove(&self.address()).unwrap_or(0).saturating_sub(1);
                if left > 0 {
                    reads.insert(self.address(), left);
                }
            });
        }
        self.with(|lock| lock.release(request, holder, is_poisoned));
    }

    /// This thread has run the `Once`.
    pub fn finish_once_here(&self) {
        self.finish_once(holder());
    }

    /// Releases this mutex, which the thread holds, and blocks until the condition variable is notified. Takes
    /// the mutex again, unless the thread is being terminated.
    pub fn wait_for(&self, condvar: &SharedCondvar, deadline: Option<Instant>) -> Result<Awake, NotTaken> {
        let holder = holder();
        self.with(|mutex| condvar.get().wait(mutex, holder, &parker(), deadline))
    }
}

impl SharedRing {
    /// Makes this thread the only user of this end. False when another thread has claimed it. Only for threads
    /// without JavaScript, as all of these methods.
    pub fn claim_here(&self, side: Side) -> bool {
        self.get().claim(side, holder())
    }

    /// Releases the end: another thread may claim it.
    pub fn release_here(&self, side: Side) {
        self.get().release(side, holder());
    }

    /// This thread gives up the end that it has claimed: the other side gets an error.
    pub fn lose_here(&self, side: Side) {
        self.get().lose(side, holder());
    }

    /// Blocks while the ring is full. Returns the number of bytes written, as [`Ring::try_write`].
    pub fn write(&self, from: &[u8], deadline: Option<Instant>) -> Result<usize, RingError> {
        self.wait(Side::In, deadline, |ring| ring.try_write(from))
    }

    /// Blocks while the ring is empty. Returns the number of bytes read, as [`Ring::try_read`].
    pub fn read(&self, into: &mut [u8], deadline: Option<Instant>) -> Result<usize, RingError> {
        self.wait(Side::Out, deadline, |ring| ring.try_read(into))
    }

    fn wait(
        &self,
        side: Side,
        deadline: Option<Instant>,
        mut attempt: impl FnMut(&Ring<'_>) -> Result<usize, RingError>,
    ) -> Result<usize, RingError> {
        let ring = self.get();
        loop {
            match attempt(&ring) {
                Err(RingError::NotReady) => ring
                    .signal(side)
                    .wait(&parker(), deadline, || ring.must_wait(side), || {})
                    .map_err(RingError::NotTaken)?,
                done => return done,
            }
        }
    }
}

impl SharedLatch {
    /// Blocks until it is open. Only for threads without JavaScript.
    pub fn wait(&self, deadline: Option<Instant>) -> Result<(), NotTaken> {
        self.get().wait(&parker(), deadline)
    }
}

impl SharedBarrier {
    /// Blocks until all parties have arrived. Only for threads without JavaScript.
    pub fn wait(&self, deadline: Option<Instant>) -> Passage {
        attend(self);
        self.get().wait(holder(), &parker(), deadline)
    }

    /// This thread takes no further part, by agreement: the barrier is not broken.
    pub fn leave(&self) {
        self.get().forget(holder());
    }
}

impl SharedQueue {
    /// Blocks while the queue is full. Only for threads without JavaScript.
    pub fn push(&self, kind: u8, bytes: &[u8], deadline: Option<Instant>) -> Result<(), PushError> {
        self.get().push(kind, bytes, &parker(), deadline)
    }

    /// Blocks while the queue is empty. Only for threads without JavaScript.
    pub fn pop(&self, deadline: Option<Instant>) -> Result<Item, PopError> {
        self.get().pop(&parker(), deadline)
    }
}
