use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use super::Counter;
use super::guard::Take;
use crate::shared::{LockKind, Memory, SharedLock};

fn new_mutex() -> SharedLock {
    SharedLock::new(Memory::zeroed(4), 0, LockKind::Mutex).unwrap()
}

#[test]
fn a_lock_has_to_be_within_the_memory() {
    let memory = Memory::zeroed(8);
    assert!(SharedLock::new(memory.clone(), 4, LockKind::Mutex).is_some());
    assert!(SharedLock::new(memory.clone(), 8, LockKind::Mutex).is_none());
    assert!(SharedLock::new(memory, 2, LockKind::Mutex).is_none());
}

#[test]
fn stress_increments_in_a_mutex_are_exact() {
    const THREADS: u64 = 4;
    const TIMES: u64 = 20_000;
    let mutex = new_mutex();
    let counter = Counter::new();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..TIMES {
                    let _guard = mutex.take(0, None);
                    counter.increment();
                }
            });
        }
    });
    assert_eq!(counter.get(), THREADS * TIMES);
}

#[test]
fn a_panic_poisons_the_mutex_for_the_next_one_only() {
    let mutex = new_mutex();
    let panicked = thread::scope(|scope| {
        scope
            .spawn(|| {
                let _guard = mutex.take(0, None);
                panic!("as the test wants it");
            })
            .join()
    });
    assert!(panicked.is_err());
    assert!(mutex.take(0, None).unwrap().is_poisoned());
    assert!(!mutex.take(0, None).unwrap().is_poisoned());
}

#[test]
fn nothing_is_taken_after_the_deadline() {
    let mutex = new_mutex();
    let (taken, is_taken) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let mutex = &mutex;
        scope.spawn(move || {
            let _guard = mutex.take(0, None);
            taken.send(()).unwrap();
            released.recv().unwrap();
        });
        is_taken.recv().unwrap();
        assert!(mutex.take(0, Some(Instant::now())).is_none());
        release.send(()).unwrap();
        assert!(!mutex.take(0, None).unwrap().is_poisoned());
    });
}
