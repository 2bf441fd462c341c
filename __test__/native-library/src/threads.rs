//! Threads that a library starts.

use std::thread;
use std::time::Duration;

use isothreads::shared::{Barrier, Condvar, Mutex, RwLock, Semaphore, SharedQueue};
use isothreads::{ParentPort, Result, Task, Value, worker};
use serde::Deserialize;

/// A thread that outlives the function posts the messages that it gets after the function has returned.
#[worker]
fn leaver(port: ParentPort) -> Result<()> {
    port.post("left")?;
    thread::spawn(move || {
        while port.receive::<String>().is_ok() {}
        drop(port);
    });
    Ok(())
}

/// A thread that outlives the function reports repeatedly until the worker must end.
#[worker]
fn late_reporter(task: &Task) {
    let task = task.clone();
    thread::spawn(move || while !task.is_cancelled() && task.report("late").is_ok() {});
}

/// Takes a lock that it holds.
#[worker]
fn relocker(mutex: Mutex) -> Result<()> {
    let _guard = mutex.lock()?;
    mutex.lock().map(|_| ())
}

#[derive(Deserialize)]
struct Party {
    barrier: Barrier,
    leaves: bool,
    rounds: Option<u32>,
}

impl Party {
    fn meet(self) -> Result<()> {
        for _ in 0..self.rounds.unwrap_or(1) {
            self.barrier.wait(None)?;
        }
        if self.leaves {
            self.barrier.leave();
        }
        Ok(())
    }
}

/// Takes part in some rounds, and ends.
#[worker]
fn party(party: Party) -> Result<()> {
    party.meet()
}

/// Takes part on another thread.
#[worker]
fn party_thread(party: Party) -> Result<()> {
    thread::spawn(|| party.meet()).join().expect("it does not panic")
}

#[derive(Deserialize)]
struct Rereading {
    lock: RwLock,
}

/// Reads, and once more while a writer waits; then asks to write while it reads.
#[worker]
fn rereader(port: ParentPort, Rereading { lock }: Rereading) -> Result<()> {
    let first = lock.read()?;
    port.post("reading")?;
    port.receive::<Value>()?;
    let second = lock.read()?;
    let failure = lock.write().err().map(|error| error.code().to_owned());
    drop((first, second));
    port.post(failure)
}

/// The name of the error for an impossible number of permits.
#[worker]
fn greedy(semaphore: Semaphore) -> Result<Vec<Option<String>>> {
    let code = |permits| Some(semaphore.acquire(permits).err()?.code().to_owned());
    Ok([0, 1 << 28, u32::MAX].map(code).into())
}

/// Puts a value that is not bytes into a queue, then bytes that are too long, then some that are not.
#[worker]
fn pusher(queue: SharedQueue) -> Result<Vec<Option<String>>> {
    let code = |result: Result<bool>| Some(result.err()?.code().to_owned());
    Ok(vec![
        code(queue.push("text", None)),
        code(queue.push_bytes(&[0; 1000], None)),
        code(queue.push_bytes(&[1, 2], None)),
    ])
}

#[derive(Deserialize)]
struct Late {
    mutex: Mutex,
    condvar: Condvar,
}

/// Waits for a condition until the timeout, while another thread ends with the mutex.
#[worker]
fn late(port: ParentPort, Late { mutex, condvar }: Late) -> Result<()> {
    let guard = mutex.lock()?;
    port.post("locked")?;
    port.receive::<u32>()?;
    let (guard, is_timed_out) = condvar.wait_timeout(guard, Duration::from_millis(500))?;
    port.post((is_timed_out, guard.is_poisoned()))
}
