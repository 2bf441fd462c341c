use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use super::{BARGING, Shared, UNBOUNDED, model, take_blocking};
use crate::shared::{Lock, NotTaken, Once, Parker, Taken, cancel, take_async};

/// A value that is made once and read by all.
struct Made {
    shared: Arc<Shared<1>>,
    value: UnsafeCell<u32>,
}

// SAFETY: the value is written by the holder and read once it is done; the models check this.
unsafe impl Sync for Made {}
// SAFETY: plain numbers.
unsafe impl Send for Made {}

impl Made {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            shared: Shared::new(BARGING),
            value: UnsafeCell::new(0),
        })
    }

    fn once(&self) -> Once<'_> {
        Once::new(&self.shared.words[0], &self.shared.lot)
    }

    fn add(&self) {
        // SAFETY: loom checks for concurrent accesses.
        self.value.with_mut(|value| unsafe { *value += 1 });
    }

    fn read(&self) -> u32 {
        // SAFETY: loom checks for concurrent writes.
        self.value.with(|value| unsafe { *value })
    }

    /// The calls of JavaScript and of the SDK. Returns whether `run` was called.
    fn call_with(&self, holder: u32, run: impl FnOnce(Taken)) -> bool {
        let once = self.once();
        if once.is_done() {
            return false;
        }
        let taken = take_blocking(&once, 0, holder, &Arc::new(Parker::default())).unwrap();
        if !once.is_held_by(holder) {
            return false;
        }
        run(taken);
        once.finish(holder);
        true
    }

    fn call(&self, holder: u32) -> bool {
        let has_run = self.call_with(holder, |_| self.add());
        assert!(self.once().is_done());
        self.read();
        has_run
    }
}

fn one_does_it(threads: u32, preemptions: Option<usize>) {
    model(preemptions, move || {
        let made = Made::new();
        let others: Vec<_> = (2..=threads)
            .map(|holder| {
                let made = made.clone();
                thread::spawn(move || u32::from(made.call(holder)))
            })
            .collect();
        let mut runs = u32::from(made.call(1));
        others.into_iter().for_each(|other| runs += other.join().unwrap());
        assert_eq!(runs, 1);
        assert_eq!(made.read(), 1);
    });
}

#[test]
fn loom_once_two_threads() {
    one_does_it(2, UNBOUNDED);
}

#[test]
fn loom_once_three_threads() {
    one_does_it(3, Some(2));
}

#[test]
fn loom_once_the_next_thread_tries_after_a_failure() {
    for is_dead in [false, true] {
        model(Some(2), move || {
            let made = Made::new();
            assert!(made.once().try_take(0, 1).is_some());
            let others = [2, 3].map(|holder| {
                let made = made.clone();
                thread::spawn(move || {
                    let mut was_poisoned = None;
                    let has_run = made.call_with(holder, |taken| {
                        was_poisoned = Some(taken.is_poisoned);
                        made.add();
                    });
                    assert_eq!(has_run, was_poisoned.is_some());
                    was_poisoned
                })
            });
            made.once().release(0, 1, is_dead);
            let told: Vec<_> = others.into_iter().filter_map(|other| other.join().unwrap()).collect();
            assert_eq!(told, [is_dead]);
            assert_eq!(made.read(), 1);
        });
    }
}

#[test]
fn loom_once_an_interrupted_waiter_does_not_keep_the_lock() {
    model(Some(2), || {
        let made = Made::new();
        assert!(made.once().try_take(0, 1).is_some());
        let parker = Arc::new(Parker::default());
        let dying = {
            let (made, parker) = (made.clone(), parker.clone());
            thread::spawn(move || match take_blocking(&made.once(), 0, 2, &parker) {
                Ok(_) => made.once().release(0, 2, false),
                Err(reason) => assert_eq!(reason, NotTaken::Interrupted),
            })
        };
        let other = {
            let made = made.clone();
            thread::spawn(move || made.call(3))
        };
        parker.interrupt();
        made.once().release(0, 1, false);
        dying.join().unwrap();
        assert!(other.join().unwrap());
    });
}

#[test]
fn loom_once_a_task_is_called_when_it_is_done_or_must_be_done() {
    for is_done in [false, true] {
        model(UNBOUNDED, move || {
            let made = Made::new();
            assert!(made.once().try_take(0, 1).is_some());
            let other = {
                let made = made.clone();
                thread::spawn(move || {
                    if is_done {
                        made.add();
                        made.once().finish(1);
                    } else {
                        made.once().release(0, 1, true);
                    }
                })
            };
            let calls = Arc::new(loom::sync::atomic::AtomicU32::new(0));
            let told = {
                let (made, calls) = (made.clone(), calls.clone());
                move |is_poisoned| {
                    calls.fetch_add(1, loom::sync::atomic::Ordering::AcqRel);
                    assert_eq!(made.once().is_done(), is_done);
                    assert_eq!(is_poisoned, !is_done);
                    if !is_done {
                        made.add();
                        made.once().finish(2);
                    }
                }
            };
            let later = told.clone();
            let is_cancelled = match take_async(&made.once(), 0, 2, move |taken| later(taken.is_poisoned)) {
                Ok(taken) => {
                    told(taken.is_poisoned);
                    false
                }
                Err(id) => cancel(&made.once(), id),
            };
            other.join().unwrap();
            let calls = calls.load(loom::sync::atomic::Ordering::Acquire);
            assert_eq!(calls, u32::from(!is_cancelled));
            assert_eq!(made.read(), u32::from(is_done || !is_cancelled));
        });
    }
}
