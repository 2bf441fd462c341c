//! Threads on the same memory as JavaScript's, for the stress tests. Only both sides together can show that they
//! follow the same protocols.

use std::thread;

use isothreads::shared::{Guard, Mutex, RwLock, Semaphore, SharedQueue};
use isothreads::{AtomicView, Error, Result, worker};
use serde::Deserialize;

#[derive(Deserialize)]
struct How {
    threads: usize,
    times: u32,
}

/// Runs it on a number of threads.
fn run(threads: usize, work: impl Fn() -> Result<()> + Sync) -> Result<()> {
    let panicked = |_| Err(Error::new("a thread panicked"));
    thread::scope(|scope| {
        let started: Vec<_> = (0..threads).map(|_| scope.spawn(&work)).collect();
        started
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or_else(panicked))
    })
}

#[derive(Deserialize)]
enum Lock {
    Mutex(Mutex),
    RwLock(RwLock),
    Semaphore(Semaphore),
}

impl Lock {
    fn take(&self) -> Result<Guard<'_>> {
        match self {
            Lock::Mutex(lock) => lock.lock(),
            Lock::RwLock(lock) => lock.write(),
            Lock::Semaphore(lock) => lock.acquire(1),
        }
    }
}

#[derive(Deserialize)]
struct Locked {
    lock: Lock,
    number: AtomicView<i64>,
    #[serde(flatten)]
    how: How,
}

/// Takes the lock, adds 1 by a read and a write, and releases the lock.
#[worker]
fn hammer_lock(Locked { lock, number, how }: Locked) -> Result<()> {
    run(how.threads, || {
        for _ in 0..how.times {
            let _guard = lock.take()?;
            number.store(0, number.load(0) + 1);
        }
        Ok(())
    })
}

#[derive(Deserialize)]
struct Counted {
    number: AtomicView<i64>,
    #[serde(flatten)]
    how: How,
}

/// Adds 1 without a lock.
#[worker]
fn hammer_number(Counted { number, how }: Counted) -> Result<()> {
    run(how.threads, || {
        for _ in 0..how.times {
            number.add(0, 1);
        }
        Ok(())
    })
}

#[derive(Deserialize)]
struct Pushed {
    queue: SharedQueue,
    #[serde(flatten)]
    how: How,
}

/// Pushes the numbers below `times`.
#[worker]
fn hammer_push(Pushed { queue, how }: Pushed) -> Result<()> {
    run(how.threads, || {
        for number in 0..how.times {
            queue.push(number, None)?;
        }
        Ok(())
    })
}

#[derive(Deserialize)]
struct Popped {
    queue: SharedQueue,
    sum: AtomicView<i64>,
    #[serde(flatten)]
    how: How,
}

/// Pops a number of numbers, and adds them up.
#[worker]
fn hammer_pop(Popped { queue, sum, how }: Popped) -> Result<()> {
    run(how.threads, || {
        for _ in 0..how.times {
            if let Some(number) = queue.pop::<i64>(None)? {
                sum.add(0, number);
            }
        }
        Ok(())
    })
}
