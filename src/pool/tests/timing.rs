//! Measurements. The clock is read before and after, so the tests do not depend on speed.

use std::time::{Duration, Instant};

use super::*;

fn timed() -> Pool<()> {
    Pool::new(Settings {
        is_timed: true,
        ..Settings::default()
    })
}

/// A histogram has three significant digits.
fn assert_about(nanoseconds: u64, least: Duration, most: Duration) {
    let value = u128::from(nanoseconds);
    assert!(
        value >= least.as_nanos() * 998 / 1000,
        "{value} ns is less than {least:?}"
    );
    assert!(
        value <= most.as_nanos() * 1002 / 1000 + 1,
        "{value} ns is more than {most:?}"
    );
}

#[test]
fn a_pool_that_is_not_timed_measures_nothing() {
    let pool = new_pool();
    let worker = Worker::new(&pool, 0, 1);
    pool.submit(0, CANCELLABLE, ());
    assert_eq!(worker.run_all(&pool), [0]);
    assert!(pool.timing().is_none());
}

#[test]
fn what_is_measured_is_how_long_a_task_waited_and_ran_in_nanoseconds() {
    let pool = timed();
    let worker = Worker::new(&pool, 0, 1);
    let before_submit = Instant::now();
    pool.submit(0, PLAIN, ());
    let submitted = Instant::now();
    std::thread::yield_now();
    let before_take = Instant::now();
    worker.take_all(&pool);
    let taken = Instant::now();
    std::thread::yield_now();
    let before_look = Instant::now();
    let unfinished = pool.timing().unwrap().total_run;
    assert!(unfinished >= before_look - taken && unfinished <= before_take.elapsed());
    let before_finish = Instant::now();
    assert!(pool.finish(&worker.member, 0));
    let finished = Instant::now();

    let timing = pool.timing().unwrap();
    assert_about(timing.wait.max(), before_take - submitted, taken - before_submit);
    assert_about(timing.run.max(), before_finish - taken, finished - before_take);
    assert!(timing.total_run >= before_finish - taken && timing.total_run <= finished - before_take);
}

#[test]
fn every_task_is_counted_once_when_it_is_taken_and_once_when_it_is_finished() {
    let pool = timed();
    let worker = Worker::new(&pool, 0, 4);
    let begin = Instant::now();
    for id in 0..3 {
        pool.submit(id, PLAIN, ());
    }
    pool.submit_to(&worker.member, 3, CANCELLABLE, ());
    let cancelled = pool.submit(4, CANCELLABLE, ()).unwrap();
    assert!(pool.cancel(&cancelled).is_some());
    assert_eq!(worker.take_all(&pool).len(), 4);
    let counts = || {
        pool.timing()
            .map(|timing| (timing.wait.len(), timing.run.len()))
            .unwrap()
    };
    assert_eq!(counts(), (4, 0));
    for id in 0..3 {
        assert!(pool.finish(&worker.member, id));
        assert!(!pool.finish(&worker.member, id));
    }
    assert_eq!(counts(), (4, 3));
    assert_eq!(pool.leave(&worker.member), [3]);
    assert_eq!(counts(), (4, 3), "an unfinished task has no end");
    assert!(pool.timing().unwrap().total_run <= 3 * begin.elapsed());
}

#[test]
fn a_worker_is_at_rest_from_when_it_rests_until_it_has_a_task() {
    let pool = new_pool();
    let worker = Worker::new(&pool, 0, 2);
    assert_eq!(pool.rested(&worker.member), None);

    let before_rest = Instant::now();
    assert!(pool.rest(&worker.member));
    let at_rest = Instant::now();
    assert_eq!(pool.busy(), [0; 0]);
    let least = at_rest.elapsed();
    let rested = pool.rested(&worker.member).unwrap();
    assert!(rested >= least && rested <= before_rest.elapsed());

    pool.submit(0, PLAIN, ());
    assert_eq!(pool.rested(&worker.member), None, "it is woken for one");
    assert_eq!(worker.take_all(&pool), [0]);
    assert!(pool.rest(&worker.member));
    assert_eq!(pool.busy(), [0], "it has one, and room for another");
    assert_eq!(pool.rested(&worker.member), None);

    assert!(pool.finish(&worker.member, 0));
    assert!(pool.rest(&worker.member));
    assert_eq!(pool.busy(), [0; 0]);
    assert_eq!(pool.leave(&worker.member), [0; 0]);
    assert_eq!(pool.rested(&worker.member), None);
}
