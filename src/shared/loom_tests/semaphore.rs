use loom::sync::Arc;
use loom::sync::atomic::AtomicU32;
use loom::sync::atomic::Ordering::SeqCst;
use loom::thread;

use super::{FAIR, Shared, UNBOUNDED, model, take_blocking};
use crate::shared::{COUNT, Lock, NotTaken, Parker, Semaphore, cancel, take_async};

/// A semaphore, and the number of its permits in use.
struct Guarded {
    shared: Arc<Shared<1>>,
    permits: u32,
    used: AtomicU32,
}

impl Guarded {
    fn new(permits: u32) -> Arc<Self> {
        let guarded = Self {
            shared: Shared::new(FAIR),
            permits,
            used: AtomicU32::new(0),
        };
        guarded.shared.words[0].fetch_add(permits, SeqCst);
        Arc::new(guarded)
    }

    fn semaphore(&self) -> Semaphore<'_> {
        Semaphore::new(&self.shared.words[0], &self.shared.lot)
    }

    /// `permits` are left, without waiters and without poison.
    fn assert_left(&self, permits: u32) {
        assert_eq!(self.shared.words[0].load(SeqCst), permits);
    }

    fn use_up(&self, count: u32) {
        assert!(self.used.fetch_add(count, SeqCst) + count <= self.permits);
    }

    fn give_back(&self, count: u32) {
        self.used.fetch_sub(count, SeqCst);
        self.semaphore().release(count, 0, false);
    }

    fn take_and_give_back(&self, count: u32) {
        let parker = Arc::new(Parker::default());
        take_blocking(&self.semaphore(), count, 0, &parker).unwrap();
        self.use_up(count);
        self.give_back(count);
    }
}

fn spawn<T: 'static>(guarded: &Arc<Guarded>, run: impl FnOnce(&Arc<Guarded>) -> T + 'static) -> thread::JoinHandle<T> {
    let guarded = guarded.clone();
    thread::spawn(move || run(&guarded))
}

fn no_permit_is_lost_or_used_twice(permits: u32, requests: &'static [u32], preemptions: Option<usize>) {
    model(preemptions, move || {
        let guarded = Guarded::new(permits);
        let others: Vec<_> = requests[1..]
            .iter()
            .map(|&count| spawn(&guarded, move |guarded| guarded.take_and_give_back(count)))
            .collect();
        guarded.take_and_give_back(requests[0]);
        others.into_iter().for_each(|other| other.join().unwrap());
        guarded.assert_left(permits);
    });
}

#[test]
fn loom_semaphore_two_threads_one_permit() {
    no_permit_is_lost_or_used_twice(1, &[1, 1], UNBOUNDED);
}

#[test]
fn loom_semaphore_three_threads_two_permits() {
    no_permit_is_lost_or_used_twice(2, &[1, 1, 1], Some(2));
}

#[test]
fn loom_semaphore_one_thread_wants_all_permits() {
    no_permit_is_lost_or_used_twice(2, &[2, 1, 1], Some(2));
}

#[test]
fn loom_semaphore_requests_that_exceed_the_permits_together() {
    no_permit_is_lost_or_used_twice(3, &[2, 2, 1], Some(2));
}

/// Each thread waits with its permit for the other: they would wait for ever if only one were admitted.
#[test]
fn loom_semaphore_two_that_waited_are_in_together() {
    model(Some(2), || {
        let guarded = Guarded::new(0);
        let inside = Arc::new(AtomicU32::new(0));
        let others: Vec<_> = (0..2)
            .map(|_| {
                let inside = inside.clone();
                spawn(&guarded, move |guarded| {
                    let parker = Arc::new(Parker::default());
                    take_blocking(&guarded.semaphore(), 1, 0, &parker).unwrap();
                    inside.fetch_add(1, SeqCst);
                    while inside.load(SeqCst) < 2 {
                        thread::yield_now();
                    }
                })
            })
            .collect();
        guarded.semaphore().release(2, 0, false);
        others.into_iter().for_each(|other| other.join().unwrap());
        guarded.assert_left(0);
    });
}

#[test]
fn loom_semaphore_small_requests_do_not_pass_a_big_one_that_waits() {
    model(UNBOUNDED, || {
        let guarded = Guarded::new(2);
        assert!(guarded.semaphore().try_take(1, 0).is_some());
        let is_big_in = Arc::new(AtomicU32::new(0));
        let (task, is_in) = (guarded.clone(), is_big_in.clone());
        let big = take_async(&guarded.semaphore(), 2, 0, move |_| {
            is_in.fetch_add(1, SeqCst);
            task.semaphore().release(2, 0, false);
        });
        assert!(big.is_err());
        let small = spawn(&guarded, move |guarded| {
            if guarded.semaphore().try_take(1, 0).is_some() {
                assert_eq!(is_big_in.load(SeqCst), 1);
                guarded.semaphore().release(1, 0, false);
            }
            guarded.take_and_give_back(1);
            assert_eq!(is_big_in.load(SeqCst), 1);
        });
        guarded.semaphore().release(1, 0, false);
        small.join().unwrap();
        guarded.assert_left(2);
    });
}

#[test]
fn loom_semaphore_one_is_told_of_the_permits_of_a_dead_thread() {
    model(Some(3), || {
        let guarded = Guarded::new(1);
        assert!(guarded.semaphore().try_take(1, 1).is_some());
        let others: Vec<_> = (2..4)
            .map(|holder| {
                spawn(&guarded, move |guarded| {
                    let parker = Arc::new(Parker::default());
                    let taken = take_blocking(&guarded.semaphore(), 1, holder, &parker).unwrap();
                    guarded.use_up(1);
                    guarded.give_back(1);
                    taken.is_poisoned
                })
            })
            .collect();
        guarded.semaphore().abandon(1, 1);
        let told = others.into_iter().map(|other| other.join().unwrap());
        assert_eq!(told.filter(|is_told| *is_told).count(), 1);
        guarded.assert_left(1);
    });
}

#[test]
fn loom_semaphore_a_big_request_that_leaves_lets_the_small_ones_behind_it_in() {
    model(Some(3), || {
        let guarded = Guarded::new(2);
        assert!(guarded.semaphore().try_take(1, 0).is_some());
        let id = take_async(&guarded.semaphore(), 2, 0, |_| unreachable!("one is never given back")).unwrap_err();
        let small = spawn(&guarded, |guarded| guarded.take_and_give_back(1));
        assert!(cancel(&guarded.semaphore(), id));
        small.join().unwrap();
        guarded.assert_left(1);
    });
}

#[test]
fn loom_semaphore_an_interrupted_waiter_keeps_no_permit() {
    model(Some(2), || {
        let guarded = Guarded::new(1);
        assert!(guarded.semaphore().try_take(1, 0).is_some());
        let parker = Arc::new(Parker::default());
        let dying = {
            let parker = parker.clone();
            spawn(&guarded, move |guarded| {
                match take_blocking(&guarded.semaphore(), 1, 0, &parker) {
                    Ok(_) => guarded.semaphore().release(1, 0, false),
                    Err(reason) => assert_eq!(reason, NotTaken::Interrupted),
                }
            })
        };
        let other = spawn(&guarded, |guarded| guarded.take_and_give_back(1));
        parker.interrupt();
        guarded.semaphore().release(1, 0, false);
        dying.join().unwrap();
        other.join().unwrap();
        guarded.assert_left(1);
    });
}

#[test]
fn loom_semaphore_a_cancelled_task_has_either_permits_or_none() {
    model(UNBOUNDED, || {
        let guarded = Guarded::new(0);
        let given = Arc::new(AtomicU32::new(0));
        let counting = given.clone();
        let id = take_async(&guarded.semaphore(), 2, 0, move |_| {
            counting.fetch_add(2, SeqCst);
        })
        .unwrap_err();
        let other = spawn(&guarded, |guarded| {
            guarded.semaphore().release(1, 0, false);
            guarded.semaphore().release(1, 0, false);
        });
        let is_cancelled = cancel(&guarded.semaphore(), id);
        other.join().unwrap();
        assert_eq!(given.load(SeqCst), if is_cancelled { 0 } else { 2 });
        guarded.assert_left(if is_cancelled { 2 } else { 0 });
    });
}

#[test]
fn loom_semaphore_never_more_than_a_word_can_count() {
    model(UNBOUNDED, || {
        let guarded = Guarded::new(COUNT);
        let other = spawn(&guarded, |guarded| guarded.semaphore().release(3, 0, false));
        guarded.semaphore().release(COUNT, 0, false);
        other.join().unwrap();
        guarded.assert_left(COUNT);
    });
}
