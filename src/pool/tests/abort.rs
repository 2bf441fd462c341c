//! Tasks that are asked to end while they run.

use super::*;

/// A worker that runs tasks 0 and 1, and an idle one.
fn running() -> (Pool<()>, [Worker<()>; 2]) {
    let pool = new_pool();
    let workers = [0, 1].map(|key| Worker::new(&pool, key, 2));
    for id in 0..2 {
        pool.submit(id, CANCELLABLE, ());
    }
    assert_eq!(workers[0].take_all(&pool), [0, 1]);
    (pool, workers)
}

#[test]
fn a_task_that_heeds_is_told_and_its_worker_woken() {
    let (_, workers) = running();
    let [worker, other] = &workers;
    assert_eq!(worker.member.heed(0), None);
    assert_eq!(other.member.abort(0, Abort::Aborted, false), None, "it runs elsewhere");
    assert_eq!(worker.member.abort(0, Abort::TimedOut, false), Some(false));
    assert_eq!(woken(&workers), [1, 0]);
    assert_eq!(worker.member.take_aborts(), [(0, Abort::TimedOut)]);
    assert_eq!(worker.member.abort_of(0), Some(Abort::TimedOut));
    assert_eq!(worker.member.abort_of(1), None);
}

#[test]
fn who_aborts_a_task_that_does_not_heed_is_told_so() {
    let (_, workers) = running();
    let member = &workers[0].member;
    assert_eq!(member.abort(0, Abort::Aborted, false), Some(true));
    assert_eq!(woken(&workers), [0, 0]);
    assert_eq!(member.take_aborts(), []);
    assert_eq!(member.abort_of(0), Some(Abort::Aborted), "a query returns the abort");
    assert_eq!(
        member.heed(0),
        Some(Abort::Aborted),
        "a late subscription returns the abort at once"
    );
}

#[test]
fn a_task_hears_of_its_abort_once() {
    let (_, workers) = running();
    let member = &workers[0].member;
    assert_eq!(member.heed(0), None);
    assert_eq!(member.heed(1), None);
    assert_eq!(member.abort(0, Abort::Aborted, false), Some(false));
    assert_eq!(member.take_aborts(), [(0, Abort::Aborted)]);
    assert_eq!(member.take_aborts(), []);
    assert_eq!(member.abort(0, Abort::Aborted, false), Some(false));
    assert_eq!(member.take_aborts(), []);
    assert_eq!(member.abort(1, Abort::TimedOut, false), Some(false));
    assert_eq!(member.take_aborts(), [(1, Abort::TimedOut)]);
}

#[test]
fn a_task_that_has_heard_of_its_abort_by_heeding_is_not_told_again() {
    let (_, workers) = running();
    let member = &workers[0].member;
    assert_eq!(member.abort(0, Abort::Aborted, false), Some(true));
    assert_eq!(member.heed(0), Some(Abort::Aborted));
    assert_eq!(member.heed(1), None);
    assert_eq!(member.abort(1, Abort::Aborted, false), Some(false));
    assert_eq!(member.take_aborts(), [(1, Abort::Aborted)]);
}

#[test]
fn a_worker_that_is_to_be_ended_is_not_woken_in_the_place_of_one_that_stays() {
    let (pool, workers) = running();
    let [ends, stays] = &workers;
    assert!(pool.finish(&ends.member, 1));
    assert!(pool.rest(&stays.member) && pool.rest(&ends.member));
    assert_eq!(ends.member.abort(0, Abort::Aborted, false), Some(true));
    pool.submit(2, PLAIN, ());
    assert_eq!(woken(&workers), [0, 1]);
}

#[test]
fn a_worker_that_was_woken_and_is_to_be_ended_passes_its_wake_up_on() {
    for leaves in [false, true] {
        let (pool, workers) = running();
        let [ends, stays] = &workers;
        assert!(pool.finish(&ends.member, 1));
        assert!(pool.rest(&stays.member) && pool.rest(&ends.member));
        pool.submit(2, PLAIN, ());
        assert_eq!(woken(&workers), [1, 0]);
        assert_eq!(ends.member.abort(0, Abort::Aborted, false), Some(true));
        if leaves {
            assert_eq!(pool.leave(&ends.member), [0]);
        } else {
            assert_eq!(ends.take_all(&pool), [0; 0]);
        }
        assert_eq!(woken(&workers), [0, 1]);
        assert_eq!(stays.take_all(&pool), [2]);
    }
}

#[test]
fn a_worker_that_is_to_be_ended_for_a_task_takes_no_other_along() {
    let (pool, workers) = running();
    let member = &workers[0].member;
    pool.submit(2, CANCELLABLE, ());
    assert_eq!(member.heed(0), None);
    assert_eq!(member.abort(0, Abort::TimedOut, true), Some(true));
    assert!(pool.finish(member, 0));
    assert_eq!(workers[0].take_all(&pool), [0; 0]);
}

#[test]
fn a_task_that_is_finished_or_waits_is_not_aborted() {
    let (pool, workers) = running();
    let member = &workers[0].member;
    pool.submit(2, CANCELLABLE, ());
    assert!(pool.finish(member, 0));
    for id in [0, 2] {
        assert_eq!(member.abort(id, Abort::Aborted, false), None);
        assert_eq!(member.heed(id), None);
        assert_eq!(member.abort_of(id), None);
        assert_eq!(member.running_since(id), None);
    }
    assert_eq!(member.take_aborts(), []);
    assert_eq!(workers[0].take_all(&pool), [2]);
    assert_eq!(member.abort_of(2), None);
}

#[test]
fn only_cancellable_tasks_are_timed_in_a_pool_that_measures_nothing() {
    let pool = new_pool();
    let worker = Worker::new(&pool, 0, 2);
    pool.submit(0, PLAIN, ());
    pool.submit(1, CANCELLABLE, ());
    worker.take_all(&pool);
    assert_eq!(worker.member.running_since(0), Some(None));
    assert!(matches!(worker.member.running_since(1), Some(Some(_))));
}
