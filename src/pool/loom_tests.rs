//! The scheduler's protocol in every interleaving; see `event_loop/loom_tests.rs` for how to run it.

mod going;
mod signals;

use loom::sync::Arc;
use loom::thread;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use super::{Abort, Member, Pool, Settings, TaskId, TaskOptions};
use crate::event_loop::Token;
use crate::event_loop::test_loop::{TestLoop, UNBOUNDED, model};

const PLAIN: TaskOptions = TaskOptions {
    priority: 0,
    is_cancellable: false,
};
const CANCELLABLE: TaskOptions = TaskOptions {
    priority: 0,
    is_cancellable: true,
};

fn new_pool<T>() -> Arc<Pool<T>> {
    Arc::new(Pool::new(Settings::default()))
}

/// A worker that has started.
struct Worker<T> {
    member: Arc<Member<T>>,
    test_loop: TestLoop,
}

impl<T> Worker<T> {
    fn new(pool: &Pool<T>) -> Self {
        let member = pool.join(0, 1);
        let test_loop = TestLoop::new();
        member.begin(test_loop.waker.clone(), Token(0));
        Self { member, test_loop }
    }

    fn at_rest(pool: &Pool<T>) -> Self {
        let worker = Self::new(pool);
        assert!(pool.rest(&worker.member));
        worker
    }

    /// Runs the available tasks, then rests.
    fn look(&self, pool: &Pool<T>) -> Vec<TaskId> {
        let mut done = Vec::new();
        loop {
            while let Some((id, _)) = pool.take(&self.member) {
                assert!(pool.finish(&self.member, id));
                done.push(id);
            }
            if pool.rest(&self.member) {
                return done;
            }
        }
    }

    /// Looks for tasks, and again whenever it is woken, until it has run this many.
    fn run(&mut self, pool: &Pool<T>, count: usize) -> Vec<TaskId> {
        let Self { member, test_loop } = self;
        let mut done = Vec::new();
        test_loop.waker.push(Token(0));
        test_loop.run(|_| {
            loop {
                while let Some((id, _)) = pool.take(member) {
                    assert!(pool.finish(member, id));
                    done.push(id);
                }
                if done.len() == count {
                    return true;
                }
                if pool.rest(member) {
                    return false;
                }
            }
        });
        done
    }

    fn is_woken(&self) -> bool {
        let mut batch = Vec::new();
        self.test_loop.waker.take(&mut batch);
        !batch.is_empty()
    }
}

/// Runs the tasks of the woken workers, and of those woken meanwhile. A task that still waits afterwards was lost.
fn settle<T, const N: usize>(pool: &Pool<T>, workers: [&Worker<T>; N]) -> Vec<TaskId> {
    let mut done = Vec::new();
    while let Some(worker) = workers.iter().find(|worker| worker.is_woken()) {
        done.extend(worker.look(pool));
    }
    done
}

/// On a separate thread.
fn spawn<T: 'static, R: 'static>(
    pool: &Arc<Pool<T>>,
    act: impl FnOnce(&Pool<T>) -> R + 'static,
) -> thread::JoinHandle<R> {
    let pool = pool.clone();
    thread::spawn(move || act(&pool))
}

#[test]
fn loom_a_worker_that_falls_asleep_misses_no_task() {
    model(Some(4), || {
        let pool = new_pool();
        let mut worker = Worker::new(&pool);
        let submitter = spawn(&pool, |pool| {
            pool.submit(1, PLAIN, ());
            pool.submit(2, PLAIN, ());
        });
        assert_eq!(worker.run(&pool, 2), [1, 2]);
        submitter.join().unwrap();
    });
}

#[test]
fn loom_a_task_of_another_priority_is_not_missed_either() {
    model(UNBOUNDED, || {
        let pool = new_pool();
        let mut worker = Worker::new(&pool);
        let submitter = spawn(&pool, |pool| {
            drop(pool.submit(1, TaskOptions { priority: -3, ..PLAIN }, ()))
        });
        assert_eq!(worker.run(&pool, 1), [1]);
        submitter.join().unwrap();
    });
}

#[test]
fn loom_a_task_of_its_own_is_not_missed_either() {
    model(UNBOUNDED, || {
        let pool = new_pool();
        let mut worker = Worker::new(&pool);
        let member = worker.member.clone();
        let submitter = spawn(&pool, move |pool| drop(pool.submit_to(&member, 1, PLAIN, ())));
        assert_eq!(worker.run(&pool, 1), [1]);
        submitter.join().unwrap();
    });
}

#[test]
fn loom_no_task_waits_while_a_worker_rests() {
    model(Some(3), || {
        let pool = new_pool();
        let rests = Worker::at_rest(&pool);
        let busy = Worker::new(&pool);
        let submitters = [1, 2].map(|id| spawn(&pool, move |pool| drop(pool.submit(id, PLAIN, ()))));
        // It does not finish the tasks that it takes.
        let taken = loop {
            if let Some((id, ())) = pool.take(&busy.member) {
                break Some(id);
            }
            if pool.rest(&busy.member) {
                break None;
            }
        };
        submitters.into_iter().for_each(|submitter| submitter.join().unwrap());
        let mut done = match taken {
            Some(id) => [vec![id], settle(&pool, [&rests])].concat(),
            None => settle(&pool, [&rests, &busy]),
        };
        done.sort_unstable();
        assert_eq!(done, [1, 2]);
    });
}

#[test]
fn loom_no_task_of_all_waits_while_a_worker_rests_and_another_does_its_own() {
    model(UNBOUNDED, || {
        let pool = new_pool();
        let rests = Worker::at_rest(&pool);
        let busy = Worker::at_rest(&pool);
        let submitter = spawn(&pool, |pool| drop(pool.submit(1, PLAIN, ())));
        pool.submit_to(&busy.member, 2, PLAIN, ());
        // It does not finish the tasks that it takes.
        let (taken, ()) = pool.take(&busy.member).unwrap();
        submitter.join().unwrap();
        if taken == 2 {
            assert_eq!(settle(&pool, [&rests]), [1]);
        }
    });
}

// ---- cancelling ----

#[test]
fn loom_a_task_is_run_or_cancelled_and_never_both() {
    model(UNBOUNDED, || {
        let pool = new_pool();
        let worker = Worker::new(&pool);
        let task = pool.submit(1, CANCELLABLE, ()).unwrap();
        let canceller = spawn(&pool, move |pool| pool.cancel(&task).is_some());
        let is_taken = pool.take(&worker.member).is_some();
        assert_ne!(canceller.join().unwrap(), is_taken);
        assert_eq!(pool.queued(), 0);
    });
}

#[test]
fn loom_a_task_that_is_neither_cancelled_nor_running_is_finished() {
    model(UNBOUNDED, || {
        let pool = new_pool();
        let worker = Worker::new(&pool);
        let task = pool.submit(1, CANCELLABLE, ()).unwrap();
        let is_finished = std::sync::Arc::new(AtomicBool::new(false));
        let canceller = {
            let is_finished = is_finished.clone();
            spawn(&pool, move |pool| {
                let is_cancelled = pool.cancel(&task).is_some();
                let is_running = || pool.find(|member| member.abort(1, Abort::Aborted, false));
                if !is_cancelled && is_running().is_none() {
                    assert!(is_finished.load(SeqCst), "the abort is lost");
                }
            })
        };
        if pool.take(&worker.member).is_some() {
            is_finished.store(true, SeqCst);
            assert!(pool.finish(&worker.member, 1));
        }
        canceller.join().unwrap();
    });
}

#[test]
fn loom_cancelling_everything_misses_no_task_of_a_worker_that_retires() {
    model(UNBOUNDED, || {
        let pool = new_pool();
        let worker = Worker::new(&pool);
        pool.submit_to(&worker.member, 1, PLAIN, ());
        let retirer = spawn(&pool, move |pool| assert!(pool.retire(&worker.member)));
        assert_eq!(pool.cancel_all(), [1]);
        retirer.join().unwrap();
        assert_eq!(pool.queued(), 0);
    });
}
