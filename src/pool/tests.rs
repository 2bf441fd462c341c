use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;

use proptest::prelude::*;

use super::{Member, Pool, Task, TaskId};
use crate::event_loop::Ready;
use crate::event_loop::test_loop::TestLoop;

fn member(test_loop: &TestLoop, concurrency: usize) -> Arc<Member> {
    Member::new(test_loop.waker.clone(), concurrency)
}

fn drain(pool: &Pool<&'static str>, member: &Arc<Member>) -> Vec<TaskId> {
    std::iter::from_fn(|| pool.take(member).map(|(id, _)| id)).collect()
}

#[test]
fn the_higher_priority_first_and_in_order_within_one() {
    let pool = Pool::default();
    for (id, priority) in [(0, 0), (1, -1), (2, 5), (3, 0), (4, 9), (5, 5), (6, -1)] {
        pool.submit(id, priority, false, "");
    }
    let worker = member(&TestLoop::new(), 10);
    assert_eq!(drain(&pool, &worker), [4, 2, 5, 0, 3, 1, 6]);
    assert_eq!(pool.queued(), 0);
}

#[test]
fn a_worker_takes_no_more_than_it_may_run() {
    let pool = Pool::default();
    for id in 0..5 {
        pool.submit(id, 0, false, "");
    }
    let worker = member(&TestLoop::new(), 2);
    assert_eq!(drain(&pool, &worker), [0, 1]);
    assert!(pool.rest(&worker), "it is woken for nothing while it is busy");
    assert!(pool.finish(&worker, 0));
    assert!(!pool.finish(&worker, 0), "a task is finished once");
    assert_eq!(drain(&pool, &worker), [2]);
}

#[test]
fn what_is_cancelled_is_not_run_and_what_is_taken_is_not_cancelled() {
    let pool = Pool::default();
    let tasks: Vec<Arc<Task<_>>> = (0..3).map(|id| pool.submit(id, 0, false, "payload")).collect();
    let worker = member(&TestLoop::new(), 1);
    assert_eq!(pool.take(&worker), Some((0, "payload")));
    assert_eq!(pool.cancel(&tasks[0]), None);
    assert_eq!(pool.cancel(&tasks[1]), Some("payload"));
    assert_eq!(pool.cancel(&tasks[1]), None);
    assert_eq!(pool.queued(), 1);
    assert!(pool.finish(&worker, 0));
    assert_eq!(drain(&pool, &worker), [2]);
}

#[test]
fn the_last_to_rest_is_woken_and_nobody_else() {
    let pool = Pool::default();
    let loops = [TestLoop::new(), TestLoop::new()];
    let workers = [member(&loops[0], 1), member(&loops[1], 1)];
    assert!(pool.rest(&workers[0]) && pool.rest(&workers[1]));
    assert!(pool.rest(&workers[1]), "resting twice is resting once");
    pool.submit(0, 0, false, "");
    assert_eq!((loops[0].wakes(), loops[1].wakes()), (0, 1));
    pool.submit(1, 0, false, "");
    assert_eq!((loops[0].wakes(), loops[1].wakes()), (1, 1));
    pool.submit(2, 0, false, "");
    assert_eq!((loops[0].wakes(), loops[1].wakes()), (1, 1));
}

#[test]
fn a_worker_that_is_busy_again_is_not_woken_in_the_place_of_one_that_rests() {
    let pool = Pool::default();
    let loops = [TestLoop::new(), TestLoop::new()];
    let workers = [member(&loops[0], 1), member(&loops[1], 1)];
    assert!(pool.rest(&workers[0]));
    assert!(pool.rest(&workers[1]));
    pool.submit(0, 0, false, "");
    pool.submit(1, 0, false, "");
    assert!(pool.take(&workers[1]).is_some() && pool.take(&workers[0]).is_some());
    assert!(pool.finish(&workers[0], 1) && pool.rest(&workers[0]));
    pool.submit(2, 0, false, "");
    assert_eq!(
        (loops[0].wakes(), loops[1].wakes()),
        (1, 1),
        "awake and not looked: one wake-up"
    );
    assert_eq!(drain(&pool, &workers[0]), [2]);
}

#[test]
fn a_worker_that_leaves_hands_back_what_it_left_undone_and_its_wake_up() {
    let pool = Pool::default();
    let loops = [TestLoop::new(), TestLoop::new()];
    let workers = [member(&loops[0], 3), member(&loops[1], 3)];
    for id in 0..3 {
        pool.submit(id, 0, false, "");
    }
    drain(&pool, &workers[1]);
    pool.finish(&workers[1], 1);
    assert!(pool.rest(&workers[0]) && pool.rest(&workers[1]));
    pool.submit(3, 0, false, "");
    assert_eq!((loops[0].wakes(), loops[1].wakes()), (0, 1));
    assert_eq!(pool.leave(&workers[1]), [0, 2]);
    assert_eq!((loops[0].wakes(), loops[1].wakes()), (1, 1));
    assert_eq!(drain(&pool, &workers[0]), [3]);
}

#[derive(Debug, Clone)]
enum Step {
    Submit(i32),
    Cancel(usize),
    Take(usize),
    Finish(usize),
    Leave(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (-2..3i32).prop_map(Step::Submit),
        1 => any::<usize>().prop_map(Step::Cancel),
        4 => (0..3usize).prop_map(Step::Take),
        2 => (0..3usize).prop_map(Step::Finish),
        1 => (0..3usize).prop_map(Step::Leave),
    ]
}

proptest! {
    /// Against the plainest scheduler there is.
    #[test]
    fn it_does_what_a_list_sorted_by_priority_does(steps in prop::collection::vec(step(), 0..80), concurrency in 1..4usize) {
        let test_loop = TestLoop::new();
        let pool = Pool::default();
        let mut workers: Vec<_> = (0..3).map(|_| member(&test_loop, concurrency)).collect();
        let mut tasks = Vec::new();
        let mut expected: BTreeMap<i32, VecDeque<TaskId>> = BTreeMap::new();
        let mut running: Vec<Vec<TaskId>> = vec![Vec::new(); 3];
        for step in steps {
            match step {
                Step::Submit(priority) => {
                    let id = tasks.len() as TaskId;
                    tasks.push(pool.submit(id, priority, false, id));
                    expected.entry(-priority).or_default().push_back(id);
                }
                Step::Cancel(index) if !tasks.is_empty() => {
                    let id = (index % tasks.len()) as TaskId;
                    let was_queued = expected.values_mut().any(|queue| {
                        let at = queue.iter().position(|&other| other == id);
                        at.is_some_and(|at| queue.remove(at).is_some())
                    });
                    prop_assert_eq!(pool.cancel(&tasks[id as usize]), was_queued.then_some(id));
                }
                Step::Cancel(_) => {}
                Step::Take(worker) => {
                    let next = if running[worker].len() < concurrency {
                        expected.values_mut().find_map(VecDeque::pop_front)
                    } else {
                        None
                    };
                    running[worker].extend(next);
                    prop_assert_eq!(pool.take(&workers[worker]), next.map(|id| (id, id)));
                }
                Step::Finish(worker) => {
                    let id = running[worker].pop();
                    if let Some(id) = id {
                        prop_assert!(pool.finish(&workers[worker], id));
                    }
                }
                Step::Leave(worker) => {
                    let mut undone = pool.leave(&workers[worker]);
                    undone.sort_unstable();
                    running[worker].sort_unstable();
                    prop_assert_eq!(&undone, &running[worker]);
                    running[worker].clear();
                    workers[worker] = member(&test_loop, concurrency);
                }
            }
            prop_assert_eq!(pool.queued(), expected.values().map(VecDeque::len).sum::<usize>());
        }
    }
}

/// Workers on threads that rest, are woken, and die now and then with tasks in their hands.
#[test]
fn no_task_is_lost_and_none_runs_twice_whatever_dies() {
    const TASKS: u32 = 20_000;
    let pool = Arc::new(Pool::default());
    let done = Arc::new(Mutex::new(Vec::new()));
    let count = Arc::new(AtomicUsize::new(0));
    let all: Arc<Mutex<Vec<Arc<Member>>>> = Arc::default();
    let threads: Vec<_> = (0..3)
        .map(|number| {
            let (pool, done, count, all) = (pool.clone(), done.clone(), count.clone(), all.clone());
            thread::spawn(move || {
                let mut test_loop = TestLoop::new();
                let mut worker = member(&test_loop, 1 + number);
                all.lock().unwrap().push(worker.clone());
                let mut seen = 0;
                test_loop.waker.push(Ready::Tasks);
                test_loop.run(|_| {
                    loop {
                        while let Some((id, payload)) = pool.take(&worker) {
                            assert_eq!(id, payload);
                            seen += 1;
                            if seen % 100 == 0 {
                                let undone = pool.leave(&worker);
                                assert!(undone.contains(&id));
                                for id in undone {
                                    pool.submit(id, (id % 3) as i32 - 1, false, id);
                                }
                                worker = Member::new(worker.waker.clone(), 1 + number);
                                all.lock().unwrap().push(worker.clone());
                                continue;
                            }
                            assert!(pool.finish(&worker, id));
                            done.lock().unwrap().push(id);
                            if count.fetch_add(1, SeqCst) + 1 == TASKS as usize {
                                for worker in &*all.lock().unwrap() {
                                    worker.wake();
                                }
                            }
                        }
                        if count.load(SeqCst) == TASKS as usize {
                            return true;
                        }
                        if pool.rest(&worker) {
                            return false;
                        }
                    }
                });
            })
        })
        .collect();
    for id in 0..TASKS {
        pool.submit(id, (id % 7 == 0) as i32, false, id);
    }
    for thread in threads {
        thread.join().unwrap();
    }
    let done = done.lock().unwrap();
    assert_eq!(done.len(), TASKS as usize);
    assert_eq!(done.iter().collect::<HashSet<_>>().len(), TASKS as usize);
    assert_eq!(pool.queued(), 0);
}
