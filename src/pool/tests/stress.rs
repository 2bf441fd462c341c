//! Many tasks, and workers on threads that start and end. Bounded in number, never in time.

use std::collections::HashSet;
use std::sync::Mutex;
use std::thread;

use super::*;

/// Fewer under Miri, which is slow.
const TASKS: usize = if cfg!(miri) { 200 } else { 20_000 };
const WORKERS: usize = 3;

struct Stress {
    pool: Pool<TaskId>,
    done: Mutex<Vec<TaskId>>,
}

impl Stress {
    fn submit(&self, id: TaskId) {
        let is_cancellable = id.is_multiple_of(2);
        let priority = i32::from(id.is_multiple_of(7)) - i32::from(id.is_multiple_of(11));
        self.pool.submit(
            id,
            TaskOptions {
                priority,
                is_cancellable,
            },
            id,
        );
    }

    fn is_over(&self) -> bool {
        self.done.lock().unwrap().len() >= TASKS
    }

    /// The last one stops the others.
    fn end(&self, held: &[TaskId]) {
        self.done.lock().unwrap().extend(held);
        if self.is_over() {
            self.pool.find(|member| {
                member.wake();
                None::<()>
            });
        }
    }

    /// Rests, is woken, retires on request, and sometimes dies with unfinished tasks. After each end, the same thread
    /// starts over.
    fn work(&self, key: usize) {
        let concurrency = 1 + key;
        let mut test_loop = TestLoop::new();
        let join = |waker| {
            let member = self.pool.join(key, concurrency);
            member.begin(waker, Token(0));
            member
        };
        let waker = test_loop.waker.clone();
        let mut member = join(waker.clone());
        let mut seen = 0;
        waker.push(Token(0));
        test_loop.run(|_| {
            loop {
                let take = || {
                    let (id, payload) = self.pool.take(&member)?;
                    assert_eq!(id, payload);
                    Some(id)
                };
                let held: Vec<_> = std::iter::from_fn(take).collect();
                assert!(held.len() <= concurrency);
                seen += held.len();
                if !held.is_empty() && seen % 100 < held.len() {
                    assert_eq!(self.pool.leave(&member), held);
                    held.into_iter().for_each(|id| self.submit(id));
                    member = join(waker.clone());
                } else if !held.is_empty() {
                    assert!(held.iter().all(|id| self.pool.finish(&member, *id)));
                    self.end(&held);
                } else if self.is_over() {
                    return true;
                } else if member.is_retired() {
                    assert_eq!(self.pool.leave(&member), held);
                    member = join(waker.clone());
                } else if self.pool.rest(&member) {
                    return false;
                }
            }
        });
    }

    fn submit_all(&self) {
        let mut target = None;
        for id in 0..TASKS as TaskId {
            let key = id as usize % WORKERS;
            if id % 20 == 0 {
                // It may be gone when the next tasks for it arrive.
                target = self.pool.member(key).or(target);
            }
            if id % 97 == 0
                && let Some(member) = self.pool.member(key)
            {
                self.pool.retire(&member);
            }
            match &target {
                Some(member) if id % 3 == 0 => drop(self.pool.submit_to(member, id, PLAIN, id)),
                _ => self.submit(id),
            }
        }
    }
}

#[test]
fn stress_no_task_is_lost_and_none_runs_twice_whoever_retires_or_dies() {
    let stress = Stress {
        pool: new_pool(),
        done: Mutex::default(),
    };
    thread::scope(|scope| {
        for key in 0..WORKERS {
            let stress = &stress;
            scope.spawn(move || stress.work(key));
        }
        stress.submit_all();
    });
    let done = stress.done.into_inner().unwrap();
    assert_eq!(done.len(), TASKS);
    assert_eq!(done.iter().collect::<HashSet<_>>().len(), TASKS);
    assert_eq!(stress.pool.queued(), 0);
}
