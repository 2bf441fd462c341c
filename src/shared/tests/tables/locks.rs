use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use super::{list, name, number, rows, run_steps, word};
use crate::shared::{
    LockKind, Memory, NotTaken, Parker, Passage, SharedBarrier, SharedCondvar, SharedLatch, SharedLock, Taken, holder,
};

#[test]
fn each_step_of_the_table_of_locks() {
    rows(include_str!("../../../../__test__/fixtures/shared/locks.json"), |row| {
        let words = list(&row["words"]);
        let memory = Memory::zeroed(4 * words.len());
        let cells: &[AtomicU32] = memory.cells(0, words.len()).unwrap();
        cells
            .iter()
            .zip(words)
            .for_each(|(cell, text)| cell.store(word(text), SeqCst));
        let check = |step: &Value| {
            let expected: Vec<_> = list(&step["words"]).iter().map(word).collect();
            let found: Vec<_> = cells.iter().map(|cell| cell.load(SeqCst)).collect();
            assert_eq!(found, expected, "{step} of {row}");
        };
        match row["class"].as_str().unwrap() {
            "Condvar" => run_steps(row, |step| condvar(&memory, step), check),
            "Latch" => run_steps(row, |step| latch(&memory, step), check),
            "Barrier" => run_steps(row, |step| barrier(&memory, step), check),
            "Once" => run_steps(row, |step| once(&memory, step), check),
            class => {
                let lock = SharedLock::new(memory.clone(), 0, LockKind::from_name(class).unwrap()).unwrap();
                let mut held = Vec::new();
                run_steps(row, |step| perform(&lock, &mut held, step), check);
            }
        }
    });
}

fn taken(Taken { is_poisoned }: Taken) -> Value {
    json!(if is_poisoned { "taken, poisoned" } else { "taken" })
}

fn failed(reason: NotTaken) -> Value {
    assert_eq!(reason, NotTaken::TimedOut);
    json!("timed out")
}

/// What a step asks for.
fn request(step: &Value) -> u32 {
    match name(step).trim_start_matches("dieAfter ") {
        "read" => 1,
        _ => number(&step["count"]) as u32,
    }
}

fn perform(lock: &SharedLock, held: &mut Vec<u32>, step: &Value) -> Value {
    let request = request(step);
    match name(step) {
        "release" => lock.release(held.pop().unwrap(), false),
        "dieAfter take" | "dieAfter read" | "dieAfter write" => die(lock, request),
        _ if lock.is_deadlock_here(request) => return json!("deadlock"),
        _ => {
            return lock.acquire(request, Some(Instant::now())).map_or_else(failed, |how| {
                held.push(request);
                taken(how)
            });
        }
    }
    Value::Null
}

/// A thread ends with the lock.
fn die(lock: &SharedLock, request: u32) {
    thread::scope(|scope| {
        scope.spawn(|| {
            lock.acquire(request, None).unwrap();
            lock.release(request, true);
        });
    });
}

fn once(memory: &Memory, step: &Value) -> Value {
    let once = SharedLock::new(memory.clone(), 0, LockKind::Once).unwrap();
    if name(step) == "dieAfter call" {
        die(&once, 0);
        return Value::Null;
    }
    let is_poisoned = match once.acquire(0, Some(Instant::now())) {
        Ok(_) if !once.is_held_here() => return json!("did not run"),
        Ok(taken) => taken.is_poisoned,
        Err(reason) => return failed(reason),
    };
    match name(step) {
        "callThatFails" => {
            once.release(0, is_poisoned);
            return json!("failed");
        }
        "callInCall" => {
            let is_deadlock = once.is_deadlock_here(0);
            once.finish_once_here();
            return json!(if is_deadlock { "deadlock" } else { "ran" });
        }
        _ => once.finish_once_here(),
    }
    json!(if is_poisoned { "ran, poisoned" } else { "ran" })
}

fn condvar(memory: &Memory, step: &Value) -> Value {
    let condvar = SharedCondvar::new(memory.clone(), 0).unwrap();
    match name(step) {
        "wait" => {
            let mutex = SharedLock::new(Memory::zeroed(4), 0, LockKind::Mutex).unwrap();
            mutex.acquire(0, None).unwrap();
            let awake = mutex.wait_for(&condvar, Some(Instant::now())).unwrap();
            assert!(mutex.is_held_here());
            return json!(if awake.is_timed_out { "timed out" } else { "notified" });
        }
        "notifyOne" => condvar.get().notify_one(),
        _ => condvar.get().notify(u32::MAX),
    }
    Value::Null
}

fn latch(memory: &Memory, step: &Value) -> Value {
    let latch = SharedLatch::new(memory.clone(), 0).unwrap();
    if name(step) == "countDown" {
        latch.get().count_down(number(&step["count"]) as u32);
        return Value::Null;
    }
    let waited = latch.get().wait(&Arc::new(Parker::default()), Some(Instant::now()));
    waited.map_or_else(failed, |()| json!("open"))
}

fn barrier(memory: &Memory, step: &Value) -> Value {
    let barrier = SharedBarrier::new(memory.clone(), 0).unwrap();
    match name(step) {
        "leave" => barrier.get().forget(holder()),
        "reset" => barrier.get().reset(),
        _ => {
            let parker = Arc::new(Parker::default());
            return json!(match barrier.get().wait(holder(), &parker, Some(Instant::now())) {
                Passage::Last => "last",
                Passage::Passed => "passed",
                Passage::TimedOut => "timed out",
                Passage::Broken => "broken",
                Passage::Interrupted => "interrupted",
            });
        }
    }
    Value::Null
}
