use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use super::Counter;
use super::guard::Take;
use crate::shared::{LockKind, Memory, SharedLock, WRITE};

const READ: u32 = 1;

fn new_lock() -> SharedLock {
    SharedLock::new(Memory::zeroed(4), 0, LockKind::RwLock).unwrap()
}

#[test]
fn stress_readers_see_both_numbers_equal_and_writers_lose_nothing() {
    const TIMES: u64 = 10_000;
    let lock = new_lock();
    let counters = [Counter::new(), Counter::new()];
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..TIMES {
                    let _guard = lock.take(WRITE, None);
                    counters.iter().for_each(Counter::increment);
                }
            });
            scope.spawn(|| {
                for _ in 0..TIMES {
                    let _guard = lock.take(READ, None);
                    assert_eq!(counters[0].get(), counters[1].get());
                }
            });
        }
    });
    assert_eq!(counters[0].get(), 2 * TIMES);
}

#[test]
fn a_reader_does_not_wait_for_readers_but_a_writer_does() {
    let lock = new_lock();
    let reading = lock.take(READ, None).unwrap();
    let now = Some(Instant::now());
    thread::scope(|scope| {
        scope.spawn(|| {
            assert!(lock.take(WRITE, now).is_none());
            assert!(lock.take(READ, now).is_some());
        });
    });
    drop(reading);
    assert!(lock.take(WRITE, now).is_some());
}

#[test]
fn only_a_writer_s_panic_poisons_and_all_are_told_until_the_next_writer() {
    let lock = new_lock();
    let panic_with = |request| {
        let panicked = thread::scope(|scope| {
            let panics = || {
                let _guard = lock.take(request, None);
                panic!("as the test wants it");
            };
            scope.spawn(panics).join()
        });
        assert!(panicked.is_err());
    };
    panic_with(READ);
    assert!(!lock.take(READ, None).unwrap().is_poisoned());
    panic_with(WRITE);
    assert!(lock.take(READ, None).unwrap().is_poisoned());
    assert!(lock.take(READ, None).unwrap().is_poisoned());
    assert!(lock.take(WRITE, None).unwrap().is_poisoned());
    assert!(!lock.take(READ, None).unwrap().is_poisoned());
}

#[test]
fn a_writer_is_not_starved_by_readers() {
    let lock = new_lock();
    let (written, is_written) = mpsc::channel();
    thread::scope(|scope| {
        let lock = &lock;
        // Starts a thread that reads until the returned sender is dropped.
        let read = || {
            let (reading, is_over) = mpsc::channel::<()>();
            let (told, is_read) = mpsc::channel();
            scope.spawn(move || {
                let guard = lock.take(READ, Some(Instant::now()));
                told.send(guard.is_some()).unwrap();
                is_over.recv().unwrap_or_default();
            });
            is_read.recv().unwrap().then_some(reading)
        };
        let mut reading = read().unwrap();
        scope.spawn(move || {
            drop(lock.take(WRITE, None));
            written.send(()).unwrap();
        });
        // Readers overlap, so that the lock is never free.
        while is_written.try_recv().is_err() {
            let next = match read() {
                Some(next) => next,
                // The writer is queued: new readers wait behind it.
                None => break,
            };
            reading = next;
        }
        drop(reading);
        is_written.recv().unwrap_or_default();
    });
}

#[test]
fn a_thread_that_reads_does_not_wait_behind_a_writer_and_cannot_write() {
    let lock = new_lock();
    let first = lock.take(READ, None).unwrap();
    thread::scope(|scope| {
        let writer = scope.spawn(|| drop(lock.take(WRITE, None).unwrap()));
        // Once the writer waits, no new reader gets in.
        while scope
            .spawn(|| lock.take(READ, Some(Instant::now())).is_some())
            .join()
            .unwrap()
        {}
        let second = lock.take(READ, None).unwrap();
        assert!(lock.is_deadlock_here(WRITE) && !lock.is_deadlock_here(READ));
        drop((first, second));
        assert!(!lock.is_deadlock_here(WRITE));
        writer.join().unwrap();
    });
}
