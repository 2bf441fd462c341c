//! The shared queue, and which worker is woken for it.

use super::*;

#[test]
fn the_higher_priority_first_and_in_order_within_one() {
    let pool = new_pool();
    for (id, priority) in [(0, 0), (1, -1), (2, 5), (3, 0), (4, 9), (5, 5), (6, -1)] {
        pool.submit(id, of_priority(priority), ());
    }
    let worker = Worker::new(&pool, 0, 10);
    assert_eq!(worker.take_all(&pool), [4, 2, 5, 0, 3, 1, 6]);
    assert_eq!(pool.queued(), 0);
}

#[test]
fn the_higher_priority_first_and_the_last_first_within_one() {
    let pool = Pool::new(Settings {
        order: Order::LastInFirstOut,
        ..Settings::default()
    });
    for (id, priority) in [(0, 0), (1, -1), (2, 5), (3, 0), (4, 9), (5, 5), (6, -1)] {
        pool.submit(id, of_priority(priority), ());
    }
    let worker = Worker::new(&pool, 0, 10);
    assert_eq!(worker.take_all(&pool), [4, 5, 2, 3, 0, 6, 1]);
    assert_eq!(pool.queued(), 0);
}

#[test]
fn a_worker_takes_no_more_than_it_may_run() {
    let pool = new_pool();
    for id in 0..5 {
        pool.submit(id, PLAIN, ());
    }
    let worker = Worker::new(&pool, 0, 2);
    assert_eq!(worker.take_all(&pool), [0, 1]);
    assert!(pool.rest(&worker.member), "it looks again when it has finished one");
    pool.submit(5, PLAIN, ());
    assert_eq!(worker.woken(), 0, "it has no room");
    assert!(pool.finish(&worker.member, 0));
    assert!(!pool.finish(&worker.member, 0), "a task is finished once");
    assert_eq!(worker.take_all(&pool), [2]);
}

#[test]
fn a_task_that_came_before_the_rest_is_not_slept_over() {
    let pool = new_pool();
    let worker = Worker::new(&pool, 0, 1);
    for options in [PLAIN, of_priority(-1)] {
        pool.submit(0, options, ());
        assert!(!pool.rest(&worker.member));
        assert_eq!(worker.run_all(&pool), [0]);
        assert!(pool.rest(&worker.member));
    }
}

#[test]
fn what_is_cancelled_is_not_run_and_what_is_taken_is_not_cancelled() {
    let pool = new_pool();
    let tasks = [0, 1, 2].map(|id| pool.submit(id, CANCELLABLE, "payload").expect("it is cancellable"));
    let worker = Worker::new(&pool, 0, 1);
    assert_eq!(pool.take(&worker.member), Some((0, "payload")));
    assert_eq!(pool.cancel(&tasks[0]), None);
    assert_eq!(pool.cancel(&tasks[1]), Some("payload"));
    assert_eq!(pool.cancel(&tasks[1]), None);
    assert_eq!(pool.queued(), 1);
    assert!(pool.finish(&worker.member, 0));
    assert_eq!(worker.take_all(&pool), [2]);
}

#[test]
fn only_cancellable_tasks_can_be_cancelled() {
    let pool = new_pool();
    let worker = Worker::new(&pool, 0, 1);
    assert!(pool.submit(0, PLAIN, ()).is_none());
    assert!(pool.submit_to(&worker.member, 1, PLAIN, ()).is_none());
    assert!(pool.submit(2, CANCELLABLE, ()).is_some());
    assert!(pool.submit_to(&worker.member, 3, CANCELLABLE, ()).is_some());
}

#[test]
fn cancelling_everything_leaves_what_runs_and_what_was_cancelled_before() {
    let pool = new_pool();
    let worker = Worker::new(&pool, 0, 1);
    pool.submit(0, PLAIN, ());
    assert_eq!(worker.take_all(&pool), [0]);
    let task = pool.submit(1, CANCELLABLE, ()).unwrap();
    for (id, priority) in [(2, -1), (3, 0), (4, 1)] {
        pool.submit(id, of_priority(priority), ());
    }
    pool.submit_to(&worker.member, 5, PLAIN, ());
    assert!(pool.cancel(&task).is_some());
    assert_eq!(pool.cancel_all(), [4, 3, 2, 5]);
    assert_eq!(pool.queued(), 0);
    assert!(pool.finish(&worker.member, 0));
    assert!(worker.take_all(&pool).is_empty());
}

#[test]
fn the_last_to_rest_is_woken_and_nobody_else() {
    let pool = new_pool();
    let workers = two_at_rest(&pool);
    assert!(pool.rest(&workers[1].member), "resting twice is resting once");
    pool.submit(0, PLAIN, ());
    assert_eq!(woken(&workers), [0, 1]);
    pool.submit(1, PLAIN, ());
    assert_eq!(woken(&workers), [1, 0]);
    pool.submit(2, PLAIN, ());
    assert_eq!(woken(&workers), [0, 0]);
}

#[test]
fn a_worker_that_is_busy_again_is_not_woken_in_the_place_of_one_that_rests() {
    let pool = new_pool();
    let workers = two_at_rest(&pool);
    // It looked by itself, and was not woken.
    pool.submit_to(&workers[1].member, 0, PLAIN, ());
    assert_eq!(woken(&workers), [0, 1]);
    assert!(pool.rest(&workers[0].member));
    assert_eq!(workers[1].take_all(&pool), [0]);
    pool.submit(1, PLAIN, ());
    assert_eq!(woken(&workers), [1, 0]);
}

#[test]
fn a_worker_that_looks_unasked_is_off_the_list_of_those_at_rest() {
    let pool = new_pool();
    let workers = two_at_rest(&pool);
    assert!(workers[1].take_all(&pool).is_empty());
    pool.submit(0, PLAIN, ());
    assert_eq!(woken(&workers), [1, 0]);
}

#[test]
fn a_worker_that_leaves_hands_back_what_it_left_undone_in_the_order_taken() {
    let pool = new_pool();
    let worker = Worker::new(&pool, 7, 4);
    for id in 0..4 {
        pool.submit(id, PLAIN, ());
    }
    assert_eq!(worker.take_all(&pool), [0, 1, 2, 3]);
    assert!(pool.finish(&worker.member, 0));
    assert!(pool.member(7).is_some());
    assert_eq!(pool.leave(&worker.member), [1, 2, 3]);
    assert!(pool.member(7).is_none());
    assert_eq!(pool.leave(&worker.member), [0; 0]);
}

#[test]
fn the_wake_up_of_a_worker_that_leaves_goes_to_another() {
    let pool = new_pool();
    let workers = two_at_rest(&pool);
    pool.submit(0, PLAIN, ());
    assert_eq!(woken(&workers), [0, 1]);
    assert_eq!(pool.leave(&workers[1].member), [0; 0]);
    assert_eq!(woken(&workers), [1, 0]);
    assert_eq!(workers[0].take_all(&pool), [0]);
}

#[test]
fn a_worker_that_left_at_rest_is_not_woken_for_a_task() {
    let pool = new_pool();
    let workers = two_at_rest(&pool);
    assert_eq!(pool.leave(&workers[1].member), [0; 0]);
    pool.submit(0, PLAIN, ());
    assert_eq!(woken(&workers), [1, 0]);
}
