use loom::sync::Arc;
use loom::sync::atomic::Ordering::{AcqRel, Acquire};
use loom::thread;

use super::{BARGING, Shared, UNBOUNDED, model};
use crate::shared::{NotTaken, Parker, Signal};

impl Shared<2> {
    fn signal(&self) -> Signal<'_> {
        Signal::new(&self.words[0], &self.lot)
    }

    fn is_set(&self) -> bool {
        self.words[1].load(Acquire) != 0
    }

    fn wait_until_set(&self) {
        let parker = Arc::new(Parker::default());
        while !self.is_set() {
            self.signal().wait(&parker, None, || !self.is_set(), || {}).unwrap();
        }
    }
}

#[test]
fn loom_signal_no_waiter_misses_the_change() {
    model(UNBOUNDED, || {
        let shared = Shared::<2>::new(BARGING);
        let other = {
            let shared = shared.clone();
            thread::spawn(move || shared.wait_until_set())
        };
        shared.words[1].swap(1, AcqRel);
        shared.signal().notify_all();
        other.join().unwrap();
    });
}

#[test]
fn loom_signal_two_waiters() {
    model(Some(2), || {
        let shared = Shared::<2>::new(BARGING);
        let others: Vec<_> = (0..2)
            .map(|_| {
                let shared = shared.clone();
                thread::spawn(move || shared.wait_until_set())
            })
            .collect();
        shared.words[1].swap(1, AcqRel);
        shared.signal().notify_all();
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(shared.words[0].load(Acquire), 0);
    });
}

#[test]
fn loom_signal_a_task_is_called_once_or_not_at_all() {
    model(UNBOUNDED, || {
        let shared = Shared::<2>::new(BARGING);
        let calls = Arc::new(loom::sync::atomic::AtomicU32::new(0));
        let other = {
            let (shared, calls) = (shared.clone(), calls.clone());
            thread::spawn(move || {
                let counting = calls.clone();
                let id = shared.signal().wait_async(
                    || !shared.is_set(),
                    move || {
                        counting.fetch_add(1, AcqRel);
                    },
                );
                id.is_some()
            })
        };
        shared.words[1].swap(1, AcqRel);
        shared.signal().notify(1);
        let is_waiting = other.join().unwrap();
        assert_eq!(calls.load(Acquire), u32::from(is_waiting));
    });
}

#[test]
fn loom_signal_an_interrupted_waiter_passes_its_wake_up_on() {
    model(Some(2), || {
        let shared = Shared::<2>::new(BARGING);
        let parker = Arc::new(Parker::default());
        let dying = {
            let (shared, parker) = (shared.clone(), parker.clone());
            thread::spawn(move || {
                let ended = shared.signal().wait(&parker, None, || !shared.is_set(), || {});
                assert!(matches!(ended, Ok(()) | Err(NotTaken::Interrupted)));
                // A woken waiter wakes the next one.
                if ended.is_ok() {
                    shared.signal().notify(1);
                }
            })
        };
        let other = {
            let shared = shared.clone();
            thread::spawn(move || shared.wait_until_set())
        };
        parker.interrupt();
        shared.words[1].swap(1, AcqRel);
        shared.signal().notify(1);
        dying.join().unwrap();
        other.join().unwrap();
    });
}
