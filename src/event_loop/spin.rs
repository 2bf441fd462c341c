//! Spinning before sleeping: waking a sleeping thread costs far more than a message.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::Waker;

/// About what waking a sleeping thread costs. Spinning no longer than that costs, at worst, as
/// much again (the ski-rental argument), and a hit saves all of it.
const SPIN: Duration = Duration::from_micros(50);
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
}

impl Spin {
    /// True when the waker was notified within a few dozen microseconds. Never blocks longer.
    pub fn wait(&mut self, waker: &Waker) -> bool {
        static CORES: OnceLock<usize> = OnceLock::new();
        let cores = *CORES.get_or_init(num_cpus::get);
        if cores < 2 || !self.is_worth_a_try() {
            return false;
        }
        let Some(_seat) = Seat::take(&SPINNING, cores) else { return false };
        let hit = spin(waker);
        self.learn(hit);
        hit
    }

    fn is_worth_a_try(&mut self) -> bool {
        if self.misses < PATIENCE {
            return true;
        }
        self.skipped = (self.skipped + 1) % RETRY_EVERY;
        self.skipped == 0
    }

    fn learn(&mut self, hit: bool) {
        self.misses = if hit { 0 } else { (self.misses + 1).min(PATIENCE) };
    }
}

fn spin(waker: &Waker) -> bool {
    let start = Instant::now();
    loop {
        if waker.is_notified() {
            return true;
        }
        if start.elapsed() >= SPIN {
            return false;
        }
        for _ in 0..32 {
            std::hint::spin_loop();
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
