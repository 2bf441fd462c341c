//! Tasks that only one worker may run.

use super::*;

#[test]
fn a_task_of_one_worker_is_run_by_no_other_and_wakes_no_other() {
    let pool = new_pool();
    let workers = two_at_rest(&pool);
    pool.submit_to(&workers[0].member, 0, PLAIN, ());
    assert_eq!(woken(&workers), [1, 0]);
    assert!(workers[1].take_all(&pool).is_empty());
    assert!(pool.rest(&workers[1].member));
    assert!(
        !pool.rest(&workers[0].member),
        "it does not rest while its own queue has a task"
    );
    assert_eq!(workers[0].take_all(&pool), [0]);
    assert_eq!(pool.queued(), 0);
}

#[test]
fn its_own_tasks_and_those_of_all_take_turns() {
    let pool = new_pool();
    let worker = Worker::new(&pool, 0, 1);
    for id in 0..3 {
        pool.submit_to(&worker.member, id, PLAIN, ());
        pool.submit(10 + id, PLAIN, ());
    }
    pool.submit(13, PLAIN, ());
    assert_eq!(worker.run_all(&pool), [0, 10, 1, 11, 2, 12, 13]);
    for id in 0..3 {
        pool.submit_to(&worker.member, id, PLAIN, ());
    }
    assert_eq!(worker.run_all(&pool), [0, 1, 2], "it does not wait for other queues");
}

#[test]
fn its_own_tasks_are_in_order_of_priority_and_may_be_cancelled() {
    let pool = new_pool();
    let worker = Worker::new(&pool, 0, 1);
    for (id, priority) in [(0, 0), (1, -1), (2, 5), (3, 0)] {
        pool.submit_to(&worker.member, id, of_priority(priority), ());
    }
    let task = pool.submit_to(&worker.member, 4, CANCELLABLE, ()).unwrap();
    assert_eq!(pool.queued(), 5);
    assert!(pool.cancel(&task).is_some());
    assert_eq!(worker.run_all(&pool), [2, 0, 3, 1]);
}

#[test]
fn the_tasks_of_a_worker_that_goes_are_for_all() {
    for leaves in [false, true] {
        let pool = new_pool();
        let workers = two_at_rest(&pool);
        pool.submit_to(&workers[1].member, 0, PLAIN, ());
        pool.submit_to(&workers[1].member, 1, of_priority(1), ());
        let task = pool.submit_to(&workers[1].member, 2, CANCELLABLE, ()).unwrap();
        workers[1].woken();
        if leaves {
            assert_eq!(pool.leave(&workers[1].member), [0; 0]);
        } else {
            assert!(pool.retire(&workers[1].member));
        }
        assert_eq!(workers[0].woken(), 1);
        assert_eq!(pool.queued(), 3);
        assert!(pool.cancel(&task).is_some());
        assert!(workers[1].take_all(&pool).is_empty());
        assert_eq!(workers[0].run_all(&pool), [1, 0]);
        assert!(pool.rest(&workers[0].member));

        pool.submit_to(&workers[1].member, 3, PLAIN, ());
        assert_eq!(workers[0].woken(), 1, "a late task goes to another worker");
        assert_eq!(workers[0].run_all(&pool), [3]);
    }
}

#[test]
fn a_task_for_a_worker_that_has_not_begun_waits_for_it() {
    let pool = new_pool();
    let member = pool.join(0, 1);
    pool.submit_to(&member, 0, PLAIN, ());
    let other = Worker::new(&pool, 1, 1);
    assert!(other.take_all(&pool).is_empty());
    assert_eq!(pool.take(&member), Some((0, ())));
}

#[test]
fn a_worker_that_was_woken_for_all_and_does_its_own_has_another_woken() {
    let pool = new_pool();
    let workers = two_at_rest(&pool);
    pool.submit(0, PLAIN, ());
    assert_eq!(woken(&workers), [0, 1]);
    pool.submit_to(&workers[1].member, 1, PLAIN, ());
    assert_eq!(workers[1].take_all(&pool), [1]);
    assert_eq!(workers[0].woken(), 1);
    assert_eq!(workers[0].take_all(&pool), [0]);
}
