//! All parties on one thread. `stress.rs` and `loom_tests.rs` use many threads.

mod abort;
mod affinity;
mod broadcast;
mod model;
mod queue;
mod retire;
mod stress;
mod timing;

use std::sync::Arc;

use super::{Abort, Member, Order, Pool, Settings, Task, TaskId, TaskOptions};
use crate::event_loop::Token;
use crate::event_loop::test_loop::TestLoop;

const PLAIN: TaskOptions = TaskOptions {
    priority: 0,
    is_cancellable: false,
};
const CANCELLABLE: TaskOptions = TaskOptions {
    priority: 0,
    is_cancellable: true,
};

fn of_priority(priority: i32) -> TaskOptions {
    TaskOptions { priority, ..PLAIN }
}

fn new_pool<T>() -> Pool<T> {
    Pool::new(Settings::default())
}

/// A worker that has started.
struct Worker<T> {
    member: Arc<Member<T>>,
    test_loop: TestLoop,
}

impl<T> Worker<T> {
    fn new(pool: &Pool<T>, key: usize, concurrency: usize) -> Self {
        let member = pool.join(key, concurrency);
        let test_loop = TestLoop::new();
        member.begin(test_loop.waker.clone(), Token(0));
        Self { member, test_loop }
    }

    /// The number of wake-ups since the last call.
    fn woken(&self) -> usize {
        let mut batch = Vec::new();
        self.test_loop.waker.take(&mut batch);
        assert!(batch.iter().all(|item| *item == Token(0)));
        batch.len()
    }

    /// Takes the available tasks, up to its limit.
    fn take_all(&self, pool: &Pool<T>) -> Vec<TaskId> {
        std::iter::from_fn(|| pool.take(&self.member).map(|(id, _)| id)).collect()
    }

    /// Runs the available tasks one after the other.
    fn run_all(&self, pool: &Pool<T>) -> Vec<TaskId> {
        let run = || {
            let (id, _) = pool.take(&self.member)?;
            assert!(pool.finish(&self.member, id));
            Some(id)
        };
        std::iter::from_fn(run).collect()
    }
}

/// Two workers with one task at a time, both at rest; the second rested last.
fn two_at_rest<T>(pool: &Pool<T>) -> [Worker<T>; 2] {
    let workers = [0, 1].map(|key| Worker::new(pool, key, 1));
    assert!(workers.iter().all(|worker| pool.rest(&worker.member)));
    workers
}

fn woken<T>(workers: &[Worker<T>; 2]) -> [usize; 2] {
    [workers[0].woken(), workers[1].woken()]
}
