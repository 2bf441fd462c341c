//! A thread that repeats the stop of workers that were told to end and have not. It exists only while there are such workers.
//!
//! A termination can be consumed: the `timeout` of `node:vm` cancels it together with its own, and so does any native code that
//! catches it. The request is therefore repeated until the worker's thread has left JavaScript. A thread that is not there after
//! [`GRACE`] is overdue: code that V8 has optimised without a check for terminations never ends by itself, so it is set aside by
//! whoever next has control of it (`thread.rs`).

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use super::life::Life;

/// Most workers end sooner than this, and are never asked twice.
const PERIOD: Duration = Duration::from_millis(50);

/// Less than the time for which the end of the process waits for workers.
const GRACE: Duration = Duration::from_secs(4);

struct Stopping {
    life: Weak<Life>,
    since: Instant,
}

struct Watchdog {
    stopping: Vec<Stopping>,
    is_running: bool,
}

/// Nothing else is locked under this lock.
static WATCHDOG: Mutex<Watchdog> = Mutex::new(Watchdog {
    stopping: Vec::new(),
    is_running: false,
});

/// From now on the stop of this life is repeated until it needs no more. Any thread.
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
        // Where the system has no thread for it, the next stop tries again.
        watchdog.is_running = thread.spawn(run).is_ok();
    }
}

fn run() {
    loop {
        std::thread::sleep(PERIOD);
        // Taken out: a stop locks others.
        let mut stopping = std::mem::take(&mut WATCHDOG.lock().unwrap().stopping);
        stopping.retain(|Stopping { life, since }| {
            let elapsed = since.elapsed();
            life.upgrade().is_some_and(|life| {
                // One that was added a moment ago has its time.
                let is_stopping = elapsed < PERIOD / 2 || life.stop_again();
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
