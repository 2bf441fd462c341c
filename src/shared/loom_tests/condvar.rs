use loom::sync::Arc;
use loom::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use loom::thread;

use super::{BARGING, FAIR, Shared, UNBOUNDED, model, take_blocking};
use crate::shared::{Condvar, Lock, Mutex, NotTaken, Parker};

/// The mutex, the condition variable, and the guarded number of items.
impl Shared<3> {
    fn mutex(&self) -> Mutex<'_> {
        Mutex::new(&self.words[0], &self.lot)
    }

    fn condvar(&self) -> Condvar<'_> {
        Condvar::new(&self.words[1], &self.lot)
    }

    fn take_one(&self, holder: u32) {
        let parker = Arc::new(Parker::default());
        take_blocking(&self.mutex(), 0, holder, &parker).unwrap();
        while self.words[2].load(Relaxed) == 0 {
            let awake = self.condvar().wait(&self.mutex(), holder, &parker, None).unwrap();
            assert!(!awake.is_timed_out);
            assert!(self.mutex().is_held_by(holder));
        }
        self.words[2].fetch_sub(1, Relaxed);
        self.mutex().release(0, holder, false);
    }

    fn add_one(&self, holder: u32) {
        let parker = Arc::new(Parker::default());
        take_blocking(&self.mutex(), 0, holder, &parker).unwrap();
        self.words[2].fetch_add(1, Relaxed);
        self.mutex().release(0, holder, false);
    }
}

#[test]
fn loom_condvar_no_waiter_misses_a_change() {
    for is_fair in [FAIR, BARGING] {
        model(UNBOUNDED, move || {
            let shared = Shared::<3>::new(is_fair);
            let other = {
                let shared = shared.clone();
                thread::spawn(move || shared.take_one(2))
            };
            shared.add_one(1);
            shared.condvar().notify_one();
            other.join().unwrap();
            assert_eq!(shared.words[0].load(Acquire), 0);
            assert_eq!(shared.words[1].load(Acquire), 0);
        });
    }
}

#[test]
fn loom_condvar_all_are_woken() {
    model(Some(2), || {
        let shared = Shared::<3>::new(BARGING);
        let others: Vec<_> = [2, 3]
            .map(|holder| {
                let shared = shared.clone();
                thread::spawn(move || shared.take_one(holder))
            })
            .into();
        shared.words[2].fetch_add(1, AcqRel);
        shared.add_one(1);
        shared.condvar().notify_all();
        others.into_iter().for_each(|other| other.join().unwrap());
    });
}

#[test]
fn loom_condvar_an_interrupted_waiter_passes_its_wake_up_on() {
    model(Some(2), || {
        let shared = Shared::<3>::new(BARGING);
        let parker = Arc::new(Parker::default());
        let dying = {
            let (shared, parker) = (shared.clone(), parker.clone());
            thread::spawn(move || {
                if take_blocking(&shared.mutex(), 0, 2, &parker).is_err() {
                    return;
                }
                if shared.words[2].load(Relaxed) == 0 {
                    match shared.condvar().wait(&shared.mutex(), 2, &parker, None) {
                        // A notified thread wakes the next one itself.
                        Ok(_) => shared.condvar().notify_one(),
                        Err(reason) => {
                            assert_eq!(reason, NotTaken::Interrupted);
                            assert!(!shared.mutex().is_held_by(2));
                            return;
                        }
                    }
                }
                shared.mutex().release(0, 2, false);
            })
        };
        let other = {
            let shared = shared.clone();
            thread::spawn(move || shared.take_one(3))
        };
        shared.add_one(1);
        parker.interrupt();
        shared.condvar().notify_one();
        dying.join().unwrap();
        other.join().unwrap();
    });
}

#[test]
fn loom_condvar_a_waiter_hears_that_the_mutex_is_poisoned() {
    model(UNBOUNDED, || {
        let shared = Shared::<3>::new(BARGING);
        let parker = Arc::new(Parker::default());
        take_blocking(&shared.mutex(), 0, 1, &parker).unwrap();
        let dying = {
            let shared = shared.clone();
            thread::spawn(move || {
                take_blocking(&shared.mutex(), 0, 2, &Arc::new(Parker::default())).unwrap();
                shared.condvar().notify_one();
                shared.mutex().abandon(2, 0);
            })
        };
        let awake = shared.condvar().wait(&shared.mutex(), 1, &parker, None).unwrap();
        assert!(awake.taken.is_poisoned);
        dying.join().unwrap();
    });
}
