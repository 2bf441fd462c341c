use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::AtomicU32;
use loom::sync::atomic::Ordering::SeqCst;
use loom::thread;

use super::{FAIR, Shared, UNBOUNDED, model, take_blocking};
use crate::shared::{Lock, NotTaken, Parker, RwLock, WRITE, cancel, take_async};

const READ: u32 = 1;

/// The guarded value; loom reports a write concurrent with any other access.
struct Guarded {
    shared: Arc<Shared<1>>,
    value: UnsafeCell<u32>,
}

// SAFETY: only a holder of the lock accesses the value; the models check this.
unsafe impl Sync for Guarded {}
// SAFETY: plain numbers.
unsafe impl Send for Guarded {}

impl Guarded {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            shared: Shared::new(FAIR),
            value: UnsafeCell::new(0),
        })
    }

    fn lock(&self) -> RwLock<'_> {
        RwLock::new(&self.shared.words[0], &self.shared.lot)
    }

    fn word(&self) -> u32 {
        self.shared.words[0].load(SeqCst)
    }

    fn add(&self) {
        // SAFETY: loom checks for concurrent accesses.
        self.value.with_mut(|value| unsafe { *value += 1 });
    }

    fn get(&self) -> u32 {
        // SAFETY: loom checks for concurrent writes.
        self.value.with(|value| unsafe { *value })
    }

    fn add_locked(&self, holder: u32) {
        let parker = Arc::new(Parker::default());
        take_blocking(&self.lock(), WRITE, holder, &parker).unwrap();
        self.add();
        self.lock().release(WRITE, holder, false);
    }

    fn get_locked(&self, holder: u32) -> u32 {
        let parker = Arc::new(Parker::default());
        take_blocking(&self.lock(), READ, holder, &parker).unwrap();
        let value = self.get();
        self.lock().release(READ, holder, false);
        value
    }
}

fn spawn<T: 'static>(guarded: &Arc<Guarded>, run: impl FnOnce(&Arc<Guarded>) -> T + 'static) -> thread::JoinHandle<T> {
    let guarded = guarded.clone();
    thread::spawn(move || run(&guarded))
}

#[test]
fn loom_rw_lock_two_writers() {
    model(UNBOUNDED, || {
        let guarded = Guarded::new();
        let other = spawn(&guarded, |guarded| guarded.add_locked(2));
        guarded.add_locked(1);
        other.join().unwrap();
        assert_eq!((guarded.get(), guarded.word()), (2, 0));
    });
}

#[test]
fn loom_rw_lock_a_writer_and_a_reader() {
    model(UNBOUNDED, || {
        let guarded = Guarded::new();
        let other = spawn(&guarded, |guarded| guarded.add_locked(2));
        assert!(guarded.get_locked(1) <= 1);
        other.join().unwrap();
        assert_eq!((guarded.get(), guarded.word()), (1, 0));
    });
}

#[test]
fn loom_rw_lock_two_readers_and_a_writer() {
    model(Some(2), || {
        let guarded = Guarded::new();
        let writer = spawn(&guarded, |guarded| guarded.add_locked(2));
        let reader = spawn(&guarded, |guarded| guarded.get_locked(3));
        assert!(guarded.get_locked(1) <= 1);
        writer.join().unwrap();
        assert!(reader.join().unwrap() <= 1);
        assert_eq!((guarded.get(), guarded.word()), (1, 0));
    });
}

#[test]
fn loom_rw_lock_two_writers_and_a_reader() {
    model(Some(2), || {
        let guarded = Guarded::new();
        let writer = spawn(&guarded, |guarded| guarded.add_locked(2));
        let reader = spawn(&guarded, |guarded| guarded.get_locked(3));
        guarded.add_locked(1);
        writer.join().unwrap();
        assert!(reader.join().unwrap() <= 2);
        assert_eq!((guarded.get(), guarded.word()), (2, 0));
    });
}

/// Each reader waits inside the lock for the other: they would wait for ever if only one were admitted.
#[test]
fn loom_rw_lock_readers_that_waited_are_in_together() {
    model(Some(2), || {
        let guarded = Guarded::new();
        assert!(guarded.lock().try_take(WRITE, 1).is_some());
        let inside = Arc::new(AtomicU32::new(0));
        let readers: Vec<_> = (2..4)
            .map(|holder| {
                let inside = inside.clone();
                spawn(&guarded, move |guarded| {
                    let parker = Arc::new(Parker::default());
                    take_blocking(&guarded.lock(), READ, holder, &parker).unwrap();
                    inside.fetch_add(1, SeqCst);
                    while inside.load(SeqCst) < 2 {
                        thread::yield_now();
                    }
                    guarded.lock().release(READ, holder, false);
                })
            })
            .collect();
        guarded.lock().release(WRITE, 1, false);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
        assert_eq!(guarded.word(), 0);
    });
}

#[test]
fn loom_rw_lock_readers_do_not_pass_a_writer_that_waits() {
    model(UNBOUNDED, || {
        let guarded = Guarded::new();
        assert!(guarded.lock().try_take(READ, 1).is_some());
        let task = guarded.clone();
        let is_in = take_async(&guarded.lock(), WRITE, 2, move |_| {
            task.add();
            task.lock().release(WRITE, 2, false);
        });
        assert!(is_in.is_err());
        let reader = spawn(&guarded, |guarded| {
            if guarded.lock().try_take(READ, 3).is_some() {
                assert_eq!(guarded.get(), 1);
                guarded.lock().release(READ, 3, false);
            }
            guarded.get_locked(3)
        });
        guarded.lock().release(READ, 1, false);
        assert_eq!(reader.join().unwrap(), 1);
        assert_eq!(guarded.word(), 0);
    });
}

#[test]
fn loom_rw_lock_is_poisoned_by_a_dead_writer_until_the_next_write() {
    model(Some(3), || {
        let guarded = Guarded::new();
        assert!(guarded.lock().try_take(WRITE, 1).is_some());
        let reader = spawn(&guarded, |guarded| {
            let parker = Arc::new(Parker::default());
            let taken = take_blocking(&guarded.lock(), READ, 2, &parker).unwrap();
            let seen = guarded.get();
            guarded.lock().release(READ, 2, false);
            (taken.is_poisoned, seen)
        });
        let writer = spawn(&guarded, |guarded| {
            let parker = Arc::new(Parker::default());
            let taken = take_blocking(&guarded.lock(), WRITE, 3, &parker).unwrap();
            assert!(taken.is_poisoned);
            guarded.add();
            guarded.lock().release(WRITE, 3, false);
        });
        guarded.lock().abandon(1, 0);
        let (is_reader_told, seen) = reader.join().unwrap();
        writer.join().unwrap();
        // The reader came before the repair, or after it.
        assert_eq!(is_reader_told, seen == 0);
        assert_eq!(guarded.word(), 0);
        assert!(!guarded.lock().try_take(READ, 1).unwrap().is_poisoned);
    });
}

#[test]
fn loom_rw_lock_is_not_poisoned_by_a_dead_reader() {
    model(UNBOUNDED, || {
        let guarded = Guarded::new();
        assert!(guarded.lock().try_take(2 * READ, 1).is_some());
        let writer = spawn(&guarded, |guarded| {
            let parker = Arc::new(Parker::default());
            let taken = take_blocking(&guarded.lock(), WRITE, 2, &parker).unwrap();
            assert!(!taken.is_poisoned);
            guarded.add();
            guarded.lock().release(WRITE, 2, false);
        });
        guarded.lock().abandon(1, 2);
        writer.join().unwrap();
        assert_eq!(guarded.word(), 0);
    });
}

#[test]
fn loom_rw_lock_a_waiting_writer_that_leaves_lets_the_readers_behind_it_in() {
    model(Some(3), || {
        let guarded = Guarded::new();
        assert!(guarded.lock().try_take(READ, 1).is_some());
        let id = take_async(&guarded.lock(), WRITE, 1, |_| unreachable!("the reader stays")).unwrap_err();
        // The reader is admitted while this thread still reads.
        let reader = spawn(&guarded, |guarded| guarded.get_locked(2));
        assert!(cancel(&guarded.lock(), id));
        reader.join().unwrap();
        guarded.lock().release(READ, 1, false);
        assert_eq!(guarded.word(), 0);
    });
}

#[test]
fn loom_rw_lock_an_interrupted_writer_passes_its_wake_up_on() {
    model(Some(2), || {
        let guarded = Guarded::new();
        assert!(guarded.lock().try_take(READ, 1).is_some());
        let parker = Arc::new(Parker::default());
        let dying = {
            let parker = parker.clone();
            spawn(&guarded, move |guarded| {
                match take_blocking(&guarded.lock(), WRITE, 2, &parker) {
                    Ok(_) => guarded.lock().release(WRITE, 2, false),
                    Err(reason) => assert_eq!(reason, NotTaken::Interrupted),
                }
            })
        };
        let reader = spawn(&guarded, |guarded| guarded.get_locked(3));
        parker.interrupt();
        guarded.lock().release(READ, 1, false);
        dying.join().unwrap();
        reader.join().unwrap();
        assert_eq!(guarded.word(), 0);
    });
}

/// JavaScript's fast path for a thread that reads already. It overtakes a waiting writer; otherwise the thread
/// would wait for itself.
#[test]
fn loom_rw_lock_a_thread_that_reads_may_read_once_more() {
    model(Some(3), || {
        let guarded = Guarded::new();
        assert!(guarded.lock().try_take(READ, 1).is_some());
        let writer = spawn(&guarded, |guarded| guarded.add_locked(2));
        guarded.shared.words[0].fetch_add(1, SeqCst);
        assert_eq!(guarded.get(), 0);
        guarded.lock().release(READ, 1, false);
        assert_eq!(guarded.get(), 0);
        guarded.lock().release(READ, 1, false);
        writer.join().unwrap();
        assert_eq!((guarded.get(), guarded.word()), (1, 0));
    });
}

/// The late reader does not take the queue's lock.
#[test]
fn loom_rw_lock_a_reader_after_the_hand_over_sees_the_write() {
    model(UNBOUNDED, || {
        let guarded = Guarded::new();
        assert!(guarded.lock().try_take(WRITE, 1).is_some());
        assert!(take_async(&guarded.lock(), READ, 2, |_| {}).is_err());
        let reader = spawn(&guarded, |guarded| {
            if guarded.lock().try_take(READ, 3).is_some() {
                assert_eq!(guarded.get(), 1);
                guarded.lock().release(READ, 3, false);
            }
        });
        guarded.add();
        guarded.lock().release(WRITE, 1, false);
        reader.join().unwrap();
        guarded.lock().release(READ, 2, false);
        assert_eq!(guarded.word(), 0);
    });
}
