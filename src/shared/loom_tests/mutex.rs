use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use super::{BARGING, FAIR, Shared, UNBOUNDED, model, take_blocking};
use crate::shared::{Lock, Mutex, NotTaken, Parker, cancel, take_async};

/// The guarded value; loom reports concurrent accesses.
struct Guarded {
    shared: Arc<Shared<1>>,
    value: UnsafeCell<u32>,
}

// SAFETY: only the holder of the mutex accesses the value; the models check this.
unsafe impl Sync for Guarded {}
// SAFETY: plain numbers.
unsafe impl Send for Guarded {}

impl Guarded {
    fn new(is_fair: bool) -> Arc<Self> {
        Arc::new(Self {
            shared: Shared::new(is_fair),
            value: UnsafeCell::new(0),
        })
    }

    fn mutex(&self) -> Mutex<'_> {
        Mutex::new(&self.shared.words[0], &self.shared.lot)
    }

    fn add(&self) -> u32 {
        // SAFETY: loom checks for concurrent accesses.
        self.value.with_mut(|value| unsafe {
            *value += 1;
            *value
        })
    }

    fn add_locked(&self, holder: u32) {
        let parker = Arc::new(Parker::default());
        take_blocking(&self.mutex(), 0, holder, &parker).unwrap();
        self.add();
        self.mutex().release(0, holder, false);
    }
}

fn nobody_is_in_it_with_another(is_fair: bool, threads: u32, preemptions: Option<usize>) {
    model(preemptions, move || {
        let guarded = Guarded::new(is_fair);
        let others: Vec<_> = (2..=threads)
            .map(|holder| {
                let guarded = guarded.clone();
                thread::spawn(move || guarded.add_locked(holder))
            })
            .collect();
        guarded.add_locked(1);
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(guarded.add(), threads + 1);
        assert_eq!(guarded.mutex().holder(), 0);
    });
}

#[test]
fn loom_mutex_two_threads_barging() {
    nobody_is_in_it_with_another(BARGING, 2, UNBOUNDED);
}

#[test]
fn loom_mutex_two_threads_fair() {
    nobody_is_in_it_with_another(FAIR, 2, UNBOUNDED);
}

#[test]
fn loom_mutex_three_threads_barging() {
    nobody_is_in_it_with_another(BARGING, 3, Some(2));
}

#[test]
fn loom_mutex_three_threads_fair() {
    nobody_is_in_it_with_another(FAIR, 3, Some(2));
}

#[test]
fn loom_mutex_is_given_to_a_task() {
    model(UNBOUNDED, || {
        let guarded = Guarded::new(BARGING);
        let other = {
            let guarded = guarded.clone();
            thread::spawn(move || guarded.add_locked(2))
        };
        let task = guarded.clone();
        let given = move || {
            task.add();
            task.mutex().release(0, 1, false);
        };
        let later = given.clone();
        if take_async(&guarded.mutex(), 0, 1, move |_| later()).is_ok() {
            given();
        }
        other.join().unwrap();
        assert_eq!(guarded.add(), 3);
    });
}

#[test]
fn loom_mutex_of_a_dead_thread_is_taken_by_the_next_one_which_is_told() {
    for is_fair in [FAIR, BARGING] {
        model(UNBOUNDED, move || {
            let guarded = Guarded::new(is_fair);
            assert!(guarded.mutex().try_take(0, 1).is_some());
            let other = {
                let guarded = guarded.clone();
                thread::spawn(move || {
                    let parker = Arc::new(Parker::default());
                    let taken = take_blocking(&guarded.mutex(), 0, 2, &parker).unwrap();
                    assert!(taken.is_poisoned);
                    guarded.add();
                    guarded.mutex().release(0, 2, false);
                    let again = guarded.mutex().try_take(0, 2).unwrap();
                    assert!(!again.is_poisoned);
                })
            };
            guarded.mutex().release(0, 1, true);
            other.join().unwrap();
            assert_eq!(guarded.add(), 2);
        });
    }
}

#[test]
fn loom_mutex_an_interrupted_waiter_passes_its_wake_up_on() {
    for is_fair in [FAIR, BARGING] {
        model(Some(2), move || {
            let guarded = Guarded::new(is_fair);
            assert!(guarded.mutex().try_take(0, 1).is_some());
            let parker = Arc::new(Parker::default());
            let dying = {
                let (guarded, parker) = (guarded.clone(), parker.clone());
                thread::spawn(move || match take_blocking(&guarded.mutex(), 0, 2, &parker) {
                    Ok(_) => guarded.mutex().release(0, 2, false),
                    Err(reason) => assert_eq!(reason, NotTaken::Interrupted),
                })
            };
            let other = {
                let guarded = guarded.clone();
                thread::spawn(move || guarded.add_locked(3))
            };
            parker.interrupt();
            guarded.mutex().release(0, 1, false);
            dying.join().unwrap();
            other.join().unwrap();
            assert_eq!(guarded.add(), 2);
            assert_eq!(guarded.mutex().holder(), 0);
        });
    }
}

#[test]
fn loom_mutex_a_cancelled_task_is_either_given_it_or_not() {
    model(UNBOUNDED, || {
        let guarded = Guarded::new(BARGING);
        assert!(guarded.mutex().try_take(0, 1).is_some());
        let given = Arc::new(loom::sync::atomic::AtomicBool::new(false));
        let id = {
            let given = given.clone();
            take_async(&guarded.mutex(), 0, 2, move |_| {
                given.store(true, loom::sync::atomic::Ordering::SeqCst);
            })
            .unwrap_err()
        };
        let other = {
            let guarded = guarded.clone();
            thread::spawn(move || guarded.mutex().release(0, 1, false))
        };
        let is_cancelled = cancel(&guarded.mutex(), id);
        other.join().unwrap();
        assert_ne!(given.load(loom::sync::atomic::Ordering::SeqCst), is_cancelled);
        assert_eq!(guarded.mutex().holder(), if is_cancelled { 0 } else { 2 });
    });
}
