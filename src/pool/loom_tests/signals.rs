//! Broadcasts, and tasks that are asked to end.

use super::*;

fn heard(pool: &Pool<u32>, member: &Member<u32>) -> Vec<u32> {
    std::iter::from_fn(|| pool.next_broadcast(member).map(|message| *message)).collect()
}

/// The signals that it receives when woken, until there are enough.
fn hear(pool: &Pool<u32>, worker: &mut Worker<u32>, is_enough: impl Fn(&[u32]) -> bool) -> Vec<u32> {
    let Worker { member, test_loop } = worker;
    let mut all = Vec::new();
    test_loop.waker.push(Token(0));
    test_loop.run(|_| {
        all.extend(heard(pool, member));
        is_enough(&all)
    });
    all
}

#[test]
fn loom_broadcasts_are_heard_once_and_in_order() {
    model(Some(4), || {
        let pool = new_pool();
        let mut worker = Worker::new(&pool);
        let broadcaster = spawn(&pool, |pool| (1..=2).for_each(|message| pool.broadcast(None, message)));
        assert_eq!(hear(&pool, &mut worker, |all| all.len() == 2), [1, 2]);
        broadcaster.join().unwrap();
        assert_eq!(heard(&pool, &worker.member), [0; 0]);
    });
}

#[test]
fn loom_two_broadcasts_at_once_are_heard_by_all_in_one_order() {
    model(Some(2), || {
        let pool = new_pool();
        let mut workers = [Worker::new(&pool), Worker::new(&pool)];
        let broadcaster = spawn(&pool, |pool| pool.broadcast(None, 1));
        let other = spawn(&pool, |pool| pool.broadcast(None, 2));
        let [first, second] = &mut workers;
        let order = hear(&pool, first, |all| all.len() == 2);
        assert!(order == [1, 2] || order == [2, 1]);
        broadcaster.join().unwrap();
        other.join().unwrap();
        assert_eq!(heard(&pool, &second.member), order);
    });
}

#[test]
fn loom_a_worker_that_joins_misses_no_broadcast() {
    model(UNBOUNDED, || {
        let pool = new_pool();
        let broadcaster = spawn(&pool, |pool| pool.broadcast(None, 1));
        let mut worker = Worker::new(&pool);
        assert_eq!(hear(&pool, &mut worker, |all| !all.is_empty()), [1]);
        broadcaster.join().unwrap();
        assert_eq!(heard(&pool, &worker.member), [0; 0]);
    });
}

#[test]
fn loom_the_last_broadcast_of_a_name_is_heard_whatever_came_of_the_one_before() {
    model(Some(4), || {
        let pool = new_pool();
        let mut worker = Worker::new(&pool);
        let broadcaster = spawn(&pool, |pool| {
            (1..=2).for_each(|message| pool.broadcast(Some("name".into()), message));
        });
        let all = hear(&pool, &mut worker, |all| all.last() == Some(&2));
        assert!(all == [2] || all == [1, 2]);
        broadcaster.join().unwrap();
        assert_eq!(heard(&pool, &worker.member), [0; 0]);
    });
}

#[test]
fn loom_who_takes_a_task_has_heard_what_was_broadcast_before_it() {
    for options in [PLAIN, TaskOptions { priority: 1, ..PLAIN }] {
        model(UNBOUNDED, move || {
            let pool = new_pool();
            let worker = Worker::new(&pool);
            let broadcaster = spawn(&pool, move |pool| {
                pool.broadcast(None, 1);
                pool.submit(1, options, 0);
            });
            if pool.take(&worker.member).is_some() {
                assert_eq!(heard(&pool, &worker.member), [1]);
            }
            broadcaster.join().unwrap();
        });
    }
}

#[test]
fn loom_who_takes_a_task_of_its_own_has_heard_what_was_broadcast_before_it() {
    model(UNBOUNDED, || {
        let pool = new_pool();
        let worker = Worker::new(&pool);
        let broadcaster = {
            let member = worker.member.clone();
            spawn(&pool, move |pool| {
                pool.broadcast(None, 1);
                pool.submit_to(&member, 1, PLAIN, 0);
            })
        };
        if pool.take(&worker.member).is_some() {
            assert_eq!(heard(&pool, &worker.member), [1]);
        }
        broadcaster.join().unwrap();
    });
}

#[test]
fn loom_a_result_is_looked_for_or_its_worker_knows_that_it_is_not() {
    model(UNBOUNDED, || {
        let pool = new_pool::<()>();
        let (here, there) = crate::port::channel();
        pool.set_watched(true);
        let worker = spawn(&pool, move |pool| {
            assert_eq!(there.sender().post_quietly(1), Ok(()));
            (pool.is_watched(), there)
        });
        pool.set_watched(false);
        let is_seen = here.has_messages();
        let (is_watched, _there) = worker.join().unwrap();
        assert!(is_seen || !is_watched);
    });
}

// ---- aborting ----

/// A worker that runs the tasks.
fn running<const N: usize>(ids: [TaskId; N]) -> Worker<()> {
    let pool = new_pool();
    let test_loop = TestLoop::new();
    let member = pool.join(0, N);
    member.begin(test_loop.waker.clone(), Token(0));
    for id in ids {
        pool.submit(id, CANCELLABLE, ());
        assert!(pool.take(&member).is_some());
    }
    Worker { member, test_loop }
}

#[test]
fn loom_a_task_hears_of_its_abort_or_the_aborter_that_it_does_not_heed() {
    model(UNBOUNDED, || {
        let mut worker = running([1]);
        let member = worker.member.clone();
        let aborter = thread::spawn(move || member.abort(1, Abort::TimedOut, false));
        let heard_at_once = worker.member.heed(1);
        let mut told = Vec::new();
        if heard_at_once.is_none() {
            let Worker { member, test_loop } = &mut worker;
            test_loop.run(|_| {
                told.extend(member.take_aborts());
                !told.is_empty()
            });
        }
        let is_ending = aborter.join().unwrap().expect("it runs");
        assert_eq!(is_ending, heard_at_once.is_some());
        told.extend(worker.member.take_aborts());
        let heard_later = told.into_iter().map(|(_, abort)| abort);
        let heard: Vec<_> = heard_at_once.into_iter().chain(heard_later).collect();
        assert_eq!(heard, [Abort::TimedOut]);
    });
}

#[test]
fn loom_two_tasks_that_are_aborted_at_once_hear_of_it_once_each() {
    model(Some(3), || {
        let mut worker = running([1, 2]);
        for id in [1, 2] {
            assert_eq!(worker.member.heed(id), None);
        }
        let aborters = [1, 2].map(|id| {
            let member = worker.member.clone();
            thread::spawn(move || assert_eq!(member.abort(id, Abort::Aborted, false), Some(false)))
        });
        let Worker { member, test_loop } = &mut worker;
        let mut told = Vec::new();
        test_loop.run(|_| {
            told.extend(member.take_aborts());
            told.len() == 2
        });
        aborters.into_iter().for_each(|aborter| aborter.join().unwrap());
        told.sort_unstable_by_key(|(id, _)| *id);
        assert_eq!(told, [(1, Abort::Aborted), (2, Abort::Aborted)]);
        assert_eq!(member.take_aborts(), []);
    });
}

#[test]
fn loom_a_task_is_aborted_while_it_runs_or_was_finished() {
    model(UNBOUNDED, || {
        let pool = new_pool();
        let worker = Worker::new(&pool);
        pool.submit(1, CANCELLABLE, ());
        assert!(pool.take(&worker.member).is_some());
        assert_eq!(worker.member.heed(1), None);
        let aborter = spawn(&pool, |pool| pool.find(|member| member.abort(1, Abort::Aborted, false)));
        let before = worker.member.take_aborts().len();
        assert!(pool.finish(&worker.member, 1));
        let after = worker.member.take_aborts().len();
        let aborted = aborter.join().unwrap();
        assert!(aborted == Some(false) || (aborted.is_none() && before == 0));
        assert_eq!(after, 0, "a finished task receives no abort");
        assert_eq!(worker.is_woken(), aborted.is_some());
    });
}

#[test]
fn loom_a_worker_that_is_to_be_ended_for_a_task_takes_no_other_along() {
    model(UNBOUNDED, || {
        let pool = new_pool();
        let worker = Worker::new(&pool);
        pool.submit(1, CANCELLABLE, ());
        pool.submit(2, CANCELLABLE, ());
        assert!(pool.take(&worker.member).is_some());
        let aborter = spawn(&pool, |pool| pool.find(|member| member.abort(1, Abort::Aborted, false)));
        assert!(pool.finish(&worker.member, 1));
        let has_next = pool.take(&worker.member).is_some();
        let is_ending = aborter.join().unwrap() == Some(true);
        assert_ne!(has_next, is_ending);
    });
}

#[test]
fn loom_what_a_worker_that_is_to_be_ended_takes_along_is_known_when_it_is_aborted() {
    model(UNBOUNDED, || {
        let pool = new_pool::<()>();
        let member = pool.join(0, 2);
        pool.submit(1, CANCELLABLE, ());
        assert!(pool.take(&member).is_some());
        pool.submit(2, CANCELLABLE, ());
        let aborter = {
            let member = member.clone();
            thread::spawn(move || {
                assert_eq!(member.abort(1, Abort::Aborted, false), Some(true));
                member.running_since(2).is_some()
            })
        };
        let is_taken = pool.take(&member).is_some();
        assert_eq!(aborter.join().unwrap(), is_taken);
    });
}
