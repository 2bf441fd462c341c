//! Spinning before sleeping: waking a sleeping thread costs far more than a message.

use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::Waker;

/// Roughly the cost of waking a sleeping thread. Spinning for that long at most doubles the cost (the ski-rental
/// argument), and a hit saves all of it.
const SPIN: Duration = Duration::from_micros(50);
/// The limit for spinning in one turn of the event loop. Without it, a message every 40 us would starve timers and
/// sockets for as long as messages are delivered in one turn.
const TURN: Duration = Duration::from_millis(1);
/// Consecutive misses after which a thread only tries occasionally.
const PATIENCE: u32 = 4;
/// How many chances such a thread skips between two tries.
const RETRY_EVERY: u32 = 32;

/// How many threads of the process are delivering messages or spinning.
static AWAKE: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// How many guards this thread holds.
    static GUARDS: Cell<usize> = const { Cell::new(0) };
}

/// The time in which a thread delivers. Such threads are counted, so that no thread spins on a core that they need.
pub struct AwakeGuard<'a>(&'a AtomicUsize);

impl Default for AwakeGuard<'static> {
    fn default() -> Self {
        Self::count_in(&AWAKE)
    }
}

impl<'a> AwakeGuard<'a> {
    fn count_in(awake: &'a AtomicUsize) -> Self {
        awake.fetch_add(1, Relaxed);
        GUARDS.set(GUARDS.get() + 1);
        Self(awake)
    }
}

impl Drop for AwakeGuard<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
        GUARDS.set(GUARDS.get() - 1);
    }
}

/// Sleeps in the middle of a delivery: the thread does not count as awake meanwhile.
pub fn asleep<T>(sleep: impl FnOnce() -> T) -> T {
    let guards = GUARDS.get();
    AWAKE.fetch_sub(guards, Relaxed);
    let result = sleep();
    AWAKE.fetch_add(guards, Relaxed);
    result
}

/// Whether waking a thread now would take the core of a thread that has work.
pub fn are_cores_busy() -> bool {
    AWAKE.load(Relaxed) >= cores()
}

fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(num_cpus::get)
}

/// Spins briefly before sleeping, while that pays off. One per thread.
#[derive(Default)]
pub struct Spin {
    misses: u32,
    skipped: u32,
    /// Time spent spinning since the thread last returned to its event loop.
    spent: Duration,
}

impl Spin {
    /// Returns true when the waker was notified within a few dozen microseconds, and never blocks longer. After false,
    /// the thread is expected to return to its event loop. The thread holds an [`AwakeGuard`].
    pub fn wait(&mut self, waker: &Waker) -> bool {
        let cores = cores();
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

    fn spin(&mut self, waker: &Waker, cores: usize) -> bool {
        // This does not show whether spinning would have paid off.
        if !has_core(&AWAKE, cores) {
            return waker.is_notified();
        }
        let hit = spin(waker, || has_core(&AWAKE, cores));
        self.learn(hit);
        hit.is_some()
    }

    /// A hit carries the time it took.
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

/// Whether every awake thread has a core of its own.
fn has_core(awake: &AtomicUsize, cores: usize) -> bool {
    awake.load(Relaxed) <= cores
}

/// How long it took until the waker was notified; `None` if that took too long or the core is needed.
fn spin(waker: &Waker, may_go_on: impl Fn() -> bool) -> Option<Duration> {
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
        if spent >= SPIN || !may_go_on() {
            return None;
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::super::Token;
    use super::*;

    fn awake() -> Waker {
        let waker = Waker::new(Box::new(|| panic!("a thread that is awake was woken")));
        waker.awake();
        waker
    }

    #[test]
    fn a_notification_ends_the_spinning() {
        let waker = awake();
        waker.push(Token(0));
        assert_eq!(spin(&waker, || true), Some(Duration::ZERO));
    }

    #[test]
    fn a_notification_of_another_thread_ends_the_spinning() {
        let waker = awake();
        std::thread::scope(|scope| {
            scope.spawn(|| waker.push(Token(0)));
            // Each spin is bounded; together they last as long as the thread takes to start.
            while spin(&waker, || true).is_none() {}
        });
    }

    #[test]
    fn spinning_is_bounded() {
        let waker = awake();
        assert_eq!(spin(&waker, || true), None);
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
        waker.push(Token(0));
        let mut spin = Spin::default();
        while spin.spent < TURN {
            assert!(spin.is_worth_a_try());
            spin.learn(Some(SPIN));
        }
        assert!(!spin.wait(&waker));
        assert!(spin.is_worth_a_try());
    }

    #[test]
    fn a_core_that_a_thread_with_work_needs_is_not_spun_on() {
        let awake_threads = AtomicUsize::new(0);
        let first = AwakeGuard::count_in(&awake_threads);
        let second = AwakeGuard::count_in(&awake_threads);
        assert!(has_core(&awake_threads, 2));
        let third = AwakeGuard::count_in(&awake_threads);
        assert!(!has_core(&awake_threads, 2));
        assert_eq!(spin(&awake(), || has_core(&awake_threads, 2)), None);
        drop(first);
        assert!(has_core(&awake_threads, 2));
        drop((second, third));
        assert_eq!(awake_threads.load(Relaxed), 0);
    }
}
