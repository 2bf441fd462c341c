//! Spinning before sleeping: waking a sleeping thread costs far more than a message.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::Waker;

/// About what waking a sleeping thread costs. Spinning no longer than that costs, at worst, as
/// much again (the ski-rental argument), and a hit saves all of it.
const SPIN: Duration = Duration::from_micros(50);
/// Spinning in one turn of the event loop. Without an end, a message every 40 us would keep timers
/// and sockets waiting for as long as messages are delivered in one turn.
const TURN: Duration = Duration::from_millis(1);
/// Misses in a row after which a thread only tries now and then.
const PATIENCE: u32 = 4;
/// How many chances an impatient thread lets pass between two tries.
const RETRY_EVERY: u32 = 32;

/// How many threads of the process spin now.
static SPINNING: AtomicUsize = AtomicUsize::new(0);

/// Spins a little before sleeping, as long as that pays. One per thread.
#[derive(Default)]
pub struct Spin {
    misses: u32,
    skipped: u32,
    /// Since the thread last returned to its event loop.
    spent: Duration,
}

impl Spin {
    /// True when the waker was notified within a few dozen microseconds. Never blocks longer. After
    /// false the thread is expected to return to its event loop.
    pub fn wait(&mut self, waker: &Waker) -> bool {
        static CORES: OnceLock<usize> = OnceLock::new();
        let cores = *CORES.get_or_init(num_cpus::get);
        let is_hit = cores > 1 && self.is_worth_a_try() && self.spin(waker, cores);
        if !is_hit {
            self.spent = Duration::ZERO;
        }
        is_hit
    }

    fn is_worth_a_try(&mut self) -> bool {
        if self.spent >= TURN {
            return false;
        }
        if self.misses < PATIENCE {
            return true;
        }
        self.skipped = (self.skipped + 1) % RETRY_EVERY;
        self.skipped == 0
    }

    fn spin(&mut self, waker: &Waker, seats: usize) -> bool {
        let Some(_seat) = Seat::take(&SPINNING, seats) else {
            return false;
        };
        let hit = spin(waker);
        self.learn(hit);
        hit.is_some()
    }

    /// A hit comes with the time it took.
    fn learn(&mut self, hit: Option<Duration>) {
        match hit {
            Some(spent) => {
                self.misses = 0;
                self.spent += spent;
            }
            None => self.misses = (self.misses + 1).min(PATIENCE),
        }
    }
}

/// How long it took until the waker was notified, `None` if that took too long.
fn spin(waker: &Waker) -> Option<Duration> {
    if waker.is_notified() {
        return Some(Duration::ZERO);
    }
    let start = Instant::now();
    loop {
        for _ in 0..32 {
            std::hint::spin_loop();
        }
        let spent = start.elapsed();
        if waker.is_notified() {
            return Some(spent);
        }
        if spent >= SPIN {
            return None;
        }
    }
}

/// The right to spin. More spinning threads than cores would keep the one that has work from
/// running.
struct Seat<'a>(&'a AtomicUsize);

impl<'a> Seat<'a> {
    fn take(taken: &'a AtomicUsize, seats: usize) -> Option<Self> {
        let seat = Self(taken);
        // Dropping the seat gives it back, the one too many as well.
        (taken.fetch_add(1, Relaxed) < seats).then_some(seat)
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::super::Ready;
    use super::*;

    fn awake() -> Waker {
        let waker = Waker::new(Box::new(|| panic!("a thread that is awake was woken")));
        waker.awake();
        waker
    }

    #[test]
    fn a_notification_ends_the_spinning() {
        let waker = awake();
        waker.push(Ready::Closed);
        assert_eq!(spin(&waker), Some(Duration::ZERO));
    }

    #[test]
    fn a_notification_of_another_thread_ends_the_spinning() {
        let waker = awake();
        std::thread::scope(|scope| {
            scope.spawn(|| waker.push(Ready::Closed));
            // Each of them is bounded, all together as long as the thread takes to start.
            while spin(&waker).is_none() {}
        });
    }

    #[test]
    fn spinning_is_bounded() {
        let waker = awake();
        assert_eq!(spin(&waker), None);
        assert!(!Spin::default().wait(&waker));
    }

    #[test]
    fn misses_make_impatient_and_one_hit_patient_again() {
        let mut spin = Spin::default();
        for _ in 0..PATIENCE {
            assert!(spin.is_worth_a_try());
            spin.learn(None);
        }
        for _ in 0..3 {
            let tries = (0..RETRY_EVERY).filter(|_| spin.is_worth_a_try()).count();
            assert_eq!(tries, 1);
            spin.learn(None);
        }
        spin.learn(Some(Duration::ZERO));
        assert!((0..RETRY_EVERY).all(|_| spin.is_worth_a_try()));
    }

    #[test]
    fn hits_in_a_row_end_with_a_return_to_the_event_loop() {
        let waker = awake();
        waker.push(Ready::Closed);
        let mut spin = Spin::default();
        while spin.spent < TURN {
            assert!(spin.is_worth_a_try());
            spin.learn(Some(SPIN));
        }
        assert!(!spin.wait(&waker));
        assert!(spin.is_worth_a_try());
    }

    #[test]
    fn no_more_threads_spin_than_there_are_seats() {
        let taken = AtomicUsize::new(0);
        let first = Seat::take(&taken, 2);
        let second = Seat::take(&taken, 2);
        assert!(first.is_some() && second.is_some());
        assert!(Seat::take(&taken, 2).is_none());
        drop(first);
        assert!(Seat::take(&taken, 2).is_some());
        drop(second);
        assert_eq!(taken.load(Relaxed), 0);
    }
}
