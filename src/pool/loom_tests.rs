//! The scheduler's protocol in every interleaving, see `event_loop/loom_tests.rs` for how.

use loom::sync::Arc;
use loom::thread;

use super::{Member, Pool, TaskId};
use crate::event_loop::Ready;
use crate::event_loop::test_loop::{TestLoop, model};

/// Takes, finishes and rests until `count` tasks are done.
fn work(pool: &Pool<()>, test_loop: &mut TestLoop, worker: &Arc<Member>, count: usize) -> Vec<TaskId> {
    let mut done = Vec::new();
    test_loop.waker.push(Ready::Tasks);
    test_loop.run(|_| {
        loop {
            while let Some((id, ())) = pool.take(worker) {
                assert!(pool.finish(worker, id));
                done.push(id);
                if done.len() == count {
                    return true;
                }
            }
            if pool.rest(worker) {
                return false;
            }
        }
    });
    done
}

#[test]
fn loom_a_worker_that_falls_asleep_misses_no_task() {
    model(Some(3), || {
        let pool = Arc::new(Pool::default());
        let mut test_loop = TestLoop::new();
        let worker = Member::new(test_loop.waker.clone(), 1);
        let submitter = {
            let pool = pool.clone();
            thread::spawn(move || {
                pool.submit(1, 0, false, ());
                pool.submit(2, 0, false, ());
            })
        };
        assert_eq!(work(&pool, &mut test_loop, &worker, 2), [1, 2]);
        submitter.join().unwrap();
    });
}

#[test]
fn loom_a_task_of_another_priority_is_not_missed_either() {
    model(Some(3), || {
        let pool = Arc::new(Pool::default());
        let mut test_loop = TestLoop::new();
        let worker = Member::new(test_loop.waker.clone(), 1);
        let submitter = {
            let pool = pool.clone();
            thread::spawn(move || drop(pool.submit(1, -3, false, ())))
        };
        assert_eq!(work(&pool, &mut test_loop, &worker, 1), [1]);
        submitter.join().unwrap();
    });
}

#[test]
fn loom_a_task_is_run_or_cancelled_and_never_both() {
    model(None, || {
        let pool = Arc::new(Pool::default());
        let test_loop = TestLoop::new();
        let worker = Member::new(test_loop.waker.clone(), 1);
        let task = pool.submit(1, 0, false, ());
        let canceller = {
            let pool = pool.clone();
            thread::spawn(move || pool.cancel(&task).is_some())
        };
        let is_taken = pool.take(&worker).is_some();
        assert_ne!(canceller.join().unwrap(), is_taken);
        assert_eq!(pool.queued(), 0);
    });
}

#[test]
fn loom_a_wake_up_of_a_worker_that_leaves_goes_to_another() {
    model(Some(3), || {
        let pool = Arc::new(Pool::default());
        let mut test_loop = TestLoop::new();
        let stays = Member::new(test_loop.waker.clone(), 1);
        let leaves = Member::new(TestLoop::new().waker.clone(), 1);
        // The last to rest is the first to be woken.
        pool.rest(&stays);
        pool.rest(&leaves);
        let leaver = {
            let pool = pool.clone();
            thread::spawn(move || assert_eq!(pool.leave(&leaves), [0; 0]))
        };
        let submitter = {
            let pool = pool.clone();
            thread::spawn(move || drop(pool.submit(1, 0, false, ())))
        };
        let mut done = Vec::new();
        test_loop.run(|_| {
            while let Some((id, ())) = pool.take(&stays) {
                assert!(pool.finish(&stays, id));
                done.push(id);
            }
            !done.is_empty()
        });
        leaver.join().unwrap();
        submitter.join().unwrap();
    });
}
