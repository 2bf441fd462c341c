//! A thread that repeats the stop of workers that have been asked to end and have not ended. It exists only while there
//! are such workers.
//!
//! A termination can be consumed: the `timeout` of `node:vm` cancels it together with its own, and so does native code
//! that catches it. The request is therefore repeated until the worker's thread has left JavaScript. A thread that has
//! not ended after [`GRACE`] is overdue: optimised code without a termination check never ends by itself. Such a thread
//! is set aside the next time the addon has control of it (`thread.rs`).
//!
//! Functions of V8 that are not JavaScript do not look for a termination, and some of them run for minutes. After [`PATIENCE`] the parent of a
//! worker that allows it is told of the end all the same.

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use super::life::Life;

/// Most workers end before this and need no repeat.
const PERIOD: Duration = Duration::from_millis(50);

/// Less than the time that the end of the process waits for workers.
const GRACE: Duration = Duration::from_secs(4);

const PATIENCE: Duration = Duration::from_secs(2);

struct Stopping {
    life: Weak<Life>,
    since: Instant,
}

struct Watchdog {
    stopping: Vec<Stopping>,
    is_running: bool,
}

/// No other lock is taken under this lock.
static WATCHDOG: Mutex<Watchdog> = Mutex::new(Watchdog {
    stopping: Vec::new(),
    is_running: false,
});

/// Repeats the stop of this life from now on, until no more repeats are needed. Any thread.
pub(super) fn watch(life: &Arc<Life>) {
    let mut watchdog = WATCHDOG.lock().unwrap();
    watchdog.stopping.push(Stopping {
        life: Arc::downgrade(life),
        since: Instant::now(),
    });
    if !watchdog.is_running {
        let thread = std::thread::Builder::new()
            .name("watchdog".into())
            .stack_size(64 * 1024);
        // If the thread cannot be created, the next stop tries again.
        watchdog.is_running = thread.spawn(run).is_ok();
    }
}

fn run() {
    loop {
        std::thread::sleep(PERIOD);
        // Taken out of the lock, because a stop takes other locks.
        let mut stopping = std::mem::take(&mut WATCHDOG.lock().unwrap().stopping);
        stopping.retain(|Stopping { life, since }| {
            let elapsed = since.elapsed();
            life.upgrade().is_some_and(|life| {
                // A life that was just added has its full interval.
                let is_stopping = elapsed < PERIOD / 2 || life.stop_again();
                if is_stopping && elapsed > PATIENCE && life.leave() {
                    return false;
                }
                if is_stopping && elapsed > GRACE {
                    life.set_overdue();
                }
                is_stopping
            })
        });
        let mut watchdog = WATCHDOG.lock().unwrap();
        watchdog.stopping.append(&mut stopping);
        if watchdog.stopping.is_empty() {
            watchdog.is_running = false;
            return;
        }
    }
}
