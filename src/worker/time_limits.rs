//! Limits of a worker's time, and the one thread that enforces them for all workers. It exists only while there are such
//! limits. It also has workers look at their memory.
//!
//! Nothing tells of processor time that another thread has used, so it has to be read. A thread cannot use more of it than passes, so
//! the next look at a worker comes when it can have reached its limit at the earliest.

use std::sync::{Arc, Condvar, Mutex, Weak};
use std::time::{Duration, Instant};

use super::life::{Exit, Failure, Life};
use crate::engine::thread_times::ThreadClock;

/// The shortest time between two looks at a worker.
const SHORTEST_SLEEP: Duration = Duration::from_millis(1);

/// How often a worker compares its memory with its limits, while it runs.
const MEMORY_PERIOD: Duration = Duration::from_millis(10);

/// What a worker may use, from the start of its program.
#[derive(Debug, Clone, Copy, Default)]
pub struct TimeLimits {
    /// There are limits of memory, too, which the worker has to be asked to look at.
    pub checks_memory: bool,
    pub cpu: Option<Duration>,
    pub wall: Option<Duration>,
}

struct Limited {
    life: Weak<Life>,
    /// The processor time at which the worker ends.
    cpu: Option<(ThreadClock, Duration)>,
    deadline: Option<Instant>,
    checks_memory: bool,
    /// Nothing is exceeded before this.
    next_look: Instant,
}

impl Limited {
    /// Returns what is exceeded.
    fn look(&mut self, now: Instant) -> Option<Failure> {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            return Some(Failure::WallTimeLimit);
        }
        let at_deadline = self.deadline.map(|deadline| deadline - now);
        let at_limit = match &self.cpu {
            Some((clock, limit)) => match limit.checked_sub(clock.total().unwrap_or_default()) {
                None | Some(Duration::ZERO) => return Some(Failure::CpuTimeLimit),
                left => left,
            },
            None => None,
        };
        let at_check = self.checks_memory.then_some(MEMORY_PERIOD);
        let sleep = at_deadline
            .into_iter()
            .chain(at_limit)
            .chain(at_check)
            .min()
            .unwrap_or(Duration::MAX);
        self.next_look = now + sleep.max(SHORTEST_SLEEP);
        None
    }
}

struct State {
    limited: Vec<Limited>,
    is_running: bool,
}

/// No other lock is taken under this lock.
static STATE: Mutex<State> = Mutex::new(State {
    limited: Vec::new(),
    is_running: false,
});
static CHANGED: Condvar = Condvar::new();

/// The limits are enforced as long as this exists. The worker's thread owns it, so that its clock exists too.
pub struct Enforced(Weak<Life>);

impl TimeLimits {
    /// From now on, for the calling thread, which runs the worker with this life. `None` without limits.
    pub fn enforce(self, life: &Arc<Life>) -> Option<Enforced> {
        if self.cpu.is_none() && self.wall.is_none() && !self.checks_memory {
            return None;
        }
        let now = Instant::now();
        let cpu = self.cpu.and_then(|limit| {
            let clock = ThreadClock::current()?;
            let limit = clock.total()?.checked_add(limit)?;
            Some((clock, limit))
        });
        let mut limited = Limited {
            life: Arc::downgrade(life),
            cpu,
            deadline: self.wall.and_then(|limit| now.checked_add(limit)),
            checks_memory: self.checks_memory,
            next_look: now,
        };
        limited.look(now);
        let enforced = Enforced(limited.life.clone());
        let mut state = STATE.lock().unwrap();
        state.limited.push(limited);
        if state.is_running {
            CHANGED.notify_one();
        } else {
            let thread = std::thread::Builder::new()
                .name("time-limits".into())
                .stack_size(64 * 1024);
            // If the thread cannot be created, the next worker with limits tries again.
            state.is_running = thread.spawn(run).is_ok();
        }
        Some(enforced)
    }
}

impl Drop for Enforced {
    fn drop(&mut self) {
        let mut state = STATE.lock().unwrap();
        state.limited.retain(|limited| !limited.life.ptr_eq(&self.0));
        if state.limited.is_empty() {
            CHANGED.notify_one();
        }
    }
}

fn run() {
    let mut state = STATE.lock().unwrap();
    while !state.limited.is_empty() {
        let now = Instant::now();
        let mut exceeded = Vec::new();
        let mut to_check = Vec::new();
        state.limited.retain_mut(|limited| {
            if limited.next_look > now {
                return true;
            }
            let Some(failure) = limited.look(now) else {
                if limited.checks_memory {
                    to_check.extend(limited.life.upgrade());
                }
                return true;
            };
            exceeded.extend(limited.life.upgrade().map(|life| (life, failure)));
            false
        });
        if !exceeded.is_empty() || !to_check.is_empty() {
            // A stop takes other locks.
            drop(state);
            for life in to_check {
                life.ask(|running| running.check_memory());
            }
            for (life, failure) in exceeded {
                life.stop(Exit { code: 1, failure });
            }
            state = STATE.lock().unwrap();
            continue;
        }
        let next = state.limited.iter().map(|limited| limited.next_look).min();
        let sleep = next.map_or(Duration::ZERO, |next| next.saturating_duration_since(now));
        state = CHANGED.wait_timeout(state, sleep).unwrap().0;
    }
    state.is_running = false;
}
