//! Threads of a library's own.

use std::thread;

use isothreads::shared::Mutex;
use isothreads::{ParentPort, Result, Task, worker};

/// A thread that outlives the function posts what it gets when the function has returned.
#[worker]
fn leaver(port: ParentPort) -> Result<()> {
    port.post("left")?;
    thread::spawn(move || {
        while port.receive::<String>().is_ok() {}
        drop(port);
    });
    Ok(())
}

/// A thread that outlives the function reports, again and again, until the worker is to end.
#[worker]
fn late_reporter(task: &Task) {
    let task = task.clone();
    thread::spawn(move || while !task.is_cancelled() && task.report("late").is_ok() {});
}

/// Takes a lock that it has.
#[worker]
fn relocker(mutex: Mutex) -> Result<()> {
    let _guard = mutex.lock()?;
    mutex.lock().map(|_| ())
}
