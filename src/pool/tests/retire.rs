//! Workers that take no more tasks.

use super::*;

#[test]
fn a_retired_worker_takes_nothing_more_and_finishes_what_it_has() {
    let pool = new_pool();
    for id in 0..3 {
        pool.submit(id, PLAIN, ());
    }
    let worker = Worker::new(&pool, 0, 2);
    assert_eq!(pool.take(&worker.member), Some((0, ())));
    assert!(pool.retire(&worker.member));
    assert!(worker.member.is_retired());
    assert!(worker.take_all(&pool).is_empty(), "although it has room");
    assert!(!worker.member.is_idle());
    assert!(pool.finish(&worker.member, 0));
    assert!(worker.member.is_idle());
    assert!(worker.take_all(&pool).is_empty());
    assert_eq!(Worker::new(&pool, 1, 2).take_all(&pool), [1, 2]);
}

#[test]
fn a_worker_retires_once_and_is_woken_to_see_it() {
    let pool = new_pool();
    let worker = Worker::<()>::new(&pool, 0, 1);
    assert!(pool.retire(&worker.member));
    assert!(!pool.retire(&worker.member));
    assert_eq!(worker.woken(), 1);
    assert_eq!(pool.leave(&worker.member), [0; 0]);
    assert!(!pool.retire(&worker.member), "one that is gone is retired");
}

#[test]
fn a_retired_worker_rests_without_being_woken_for_a_task() {
    let pool = new_pool();
    let workers = two_at_rest(&pool);
    assert!(pool.retire(&workers[1].member));
    workers[1].woken();
    assert!(workers[1].take_all(&pool).is_empty());
    assert!(pool.rest(&workers[1].member));
    pool.submit(0, PLAIN, ());
    assert_eq!(woken(&workers), [1, 0]);
    assert!(pool.rest(&workers[1].member), "there is nothing for it to look for");
}

#[test]
fn the_wake_up_of_a_worker_that_retires_goes_to_another() {
    let pool = new_pool();
    let workers = two_at_rest(&pool);
    pool.submit(0, PLAIN, ());
    assert_eq!(woken(&workers), [0, 1]);
    assert!(pool.retire(&workers[1].member));
    assert_eq!(workers[0].woken(), 1);
    assert_eq!(workers[0].take_all(&pool), [0]);
}

#[test]
fn a_worker_has_started_when_it_looks_for_tasks_and_not_when_it_begins() {
    let pool = new_pool::<()>();
    let worker = Worker::new(&pool, 0, 1);
    assert!(!worker.member.has_started());
    worker.member.start_looking();
    assert!(worker.member.has_started());
}

#[test]
fn a_worker_that_retires_before_it_begins_takes_nothing() {
    let pool = new_pool();
    let member = pool.join(0, 1);
    pool.submit_to(&member, 0, PLAIN, ());
    assert!(pool.retire(&member));
    member.begin(TestLoop::new().waker, Token(0));
    assert_eq!(pool.take(&member), None);
    assert_eq!(Worker::new(&pool, 1, 1).take_all(&pool), [0]);
}
