use std::panic::resume_unwind;
use std::thread;

use isothreads::shared::{Barrier, Condvar, Guard, Latch, Mutex, Once, RwLock, Semaphore};
use isothreads::{AtomicView, Error, Result};
use serde::Deserialize;

use super::{Gives, NOW, Observed, Step, run_steps};

enum Object<'a> {
    Lock(Lockable<'a>),
    Once(&'a Once),
    /// With a mutex to wait with.
    Condvar(&'a Condvar, &'a Mutex),
    Latch(&'a Latch),
    Barrier(&'a Barrier),
}

#[derive(Clone, Copy)]
enum Lockable<'a> {
    Mutex(&'a Mutex),
    RwLock(&'a RwLock),
    Semaphore(&'a Semaphore),
}

/// Has one of the objects; for a `Condvar`, also a mutex.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Row {
    #[serde(rename = "steps")]
    steps: Vec<Step>,
    #[serde(rename = "words")]
    words: AtomicView<u32>,
    mutex: Option<Mutex>,
    rw_lock: Option<RwLock>,
    semaphore: Option<Semaphore>,
    once: Option<Once>,
    condvar: Option<Condvar>,
    latch: Option<Latch>,
    barrier: Option<Barrier>,
}

impl Row {
    fn object(&self) -> Object<'_> {
        match self {
            Row {
                condvar: Some(condvar),
                mutex: Some(mutex),
                ..
            } => Object::Condvar(condvar, mutex),
            Row { mutex: Some(mutex), .. } => Object::Lock(Lockable::Mutex(mutex)),
            Row {
                rw_lock: Some(lock), ..
            } => Object::Lock(Lockable::RwLock(lock)),
            Row {
                semaphore: Some(semaphore),
                ..
            } => Object::Lock(Lockable::Semaphore(semaphore)),
            Row { once: Some(once), .. } => Object::Once(once),
            Row { latch: Some(latch), .. } => Object::Latch(latch),
            Row {
                barrier: Some(barrier), ..
            } => Object::Barrier(barrier),
            _ => panic!("a row without an object"),
        }
    }
}

pub fn run(row: Row) -> Vec<Observed> {
    let object = row.object();
    let mut held = Vec::new();
    run_steps(&row.steps, &row.words, |step| perform(&object, &mut held, step).into())
}

fn perform<'a>(object: &Object<'a>, held: &mut Vec<Guard<'a>>, step: &Step) -> Result<Gives> {
    let name = &*step.r#do;
    match object {
        Object::Lock(_) if name == "release" => {
            held.pop();
            Ok(Gives::Nothing)
        }
        Object::Lock(lock) => match name.strip_prefix("dieAfter ") {
            Some(request) => die(|| -> Result<()> {
                let _guard = lock.take(request, step)?;
                // Without a message on stderr.
                resume_unwind(Box::new(()))
            }),
            None => lock.take(name, step).map(|guard| hold(held, guard)),
        },
        Object::Once(once) if name == "dieAfter call" => die(|| once.call(|_| resume_unwind(Box::new(())))),
        Object::Once(once) => call(once, name),
        Object::Condvar(condvar, mutex) => coordinate_condvar(condvar, mutex, name),
        Object::Latch(latch) if name == "wait" => latch.wait(NOW).map(opened),
        Object::Latch(latch) => {
            latch.count_down(step.permits());
            Ok(Gives::Nothing)
        }
        Object::Barrier(barrier) => coordinate_barrier(barrier, name),
    }
}

impl<'a> Lockable<'a> {
    /// `None`: timed out.
    fn take(self, request: &str, step: &Step) -> Result<Option<Guard<'a>>> {
        let now = NOW.unwrap_or_default();
        match (self, request) {
            (Self::Mutex(mutex), "take") => mutex.lock_timeout(now),
            (Self::RwLock(lock), "read") => lock.read_timeout(now),
            (Self::RwLock(lock), "write") => lock.write_timeout(now),
            (Self::Semaphore(semaphore), "take") => semaphore.acquire_timeout(step.permits(), now),
            (_, other) => Err(Error::new(format!("no operation {other}"))),
        }
    }
}

fn hold<'a>(held: &mut Vec<Guard<'a>>, guard: Option<Guard<'a>>) -> Gives {
    let Some(guard) = guard else {
        return Gives::text("timed out");
    };
    let gives = Gives::text(if guard.is_poisoned() {
        "taken, poisoned"
    } else {
        "taken"
    });
    held.push(guard);
    gives
}

/// A thread panics in the function.
fn die<T: std::fmt::Debug + Send>(run: impl FnOnce() -> Result<T> + Send) -> Result<Gives> {
    match thread::scope(|scope| scope.spawn(run).join()) {
        Ok(result) => Err(Error::new(format!("did not die: {result:?}"))),
        Err(_) => Ok(Gives::Nothing),
    }
}

fn call(once: &Once, name: &str) -> Result<Gives> {
    let mut how = "";
    let mut inner = None;
    let has_run = once.call_timeout(NOW.unwrap_or_default(), |state| match name {
        "callThatFails" => Err(Error::new("failed")),
        "callInCall" => {
            inner = once.call(|_| Ok(())).err();
            Ok(())
        }
        _ => {
            how = if state.is_poisoned() { "ran, poisoned" } else { "ran" };
            Ok(())
        }
    })?;
    Ok(match (has_run, inner) {
        (_, Some(error)) => Gives::error(&error),
        (None, _) => Gives::text("timed out"),
        (Some(false), _) => Gives::text("did not run"),
        (Some(true), _) => Gives::text(how),
    })
}

fn coordinate_condvar(condvar: &Condvar, mutex: &Mutex, name: &str) -> Result<Gives> {
    match name {
        "wait" => {
            let (guard, is_timed_out) = condvar.wait_timeout(mutex.lock()?, NOW.unwrap_or_default())?;
            drop(guard);
            return Ok(Gives::text(if is_timed_out { "timed out" } else { "notified" }));
        }
        "notifyOne" => condvar.notify_one(),
        _ => condvar.notify_all(),
    }
    Ok(Gives::Nothing)
}

fn opened(is_open: bool) -> Gives {
    Gives::text(if is_open { "open" } else { "timed out" })
}

fn coordinate_barrier(barrier: &Barrier, name: &str) -> Result<Gives> {
    match name {
        "wait" => {
            let is_last = barrier.wait(NOW)?;
            return Ok(Gives::text(if is_last { "last" } else { "passed" }));
        }
        "leave" => barrier.leave(),
        _ => barrier.reset(),
    }
    Ok(Gives::Nothing)
}
