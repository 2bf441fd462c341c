//! Workers that retire or leave.

use super::*;

#[test]
fn loom_a_worker_that_retires_is_woken_once_to_see_it() {
    model(UNBOUNDED, || {
        let pool = new_pool::<()>();
        let mut worker = Worker::new(&pool);
        let member = worker.member.clone();
        let retirer = spawn(&pool, move |pool| assert!(pool.retire(&member)));
        let Worker { member, test_loop } = &mut worker;
        test_loop.waker.push(Token(0));
        let mut wakes = 0;
        test_loop.run(|_| {
            wakes += 1;
            assert!(pool.take(member).is_none());
            // As soon as it notices by itself, or else when it is woken.
            member.is_retired() || !pool.rest(member)
        });
        retirer.join().unwrap();
        while worker.is_woken() {
            wakes += 1;
        }
        assert!(wakes <= 2);
        assert_eq!(worker.look(&pool), [0; 0]);
        assert_eq!(
            pool.rested(&worker.member),
            None,
            "it stays on the list of resting workers"
        );
    });
}

#[test]
fn loom_a_worker_that_was_retired_before_it_started_takes_nothing() {
    model(UNBOUNDED, || {
        let pool = new_pool();
        let worker = Worker::new(&pool);
        pool.submit(1, PLAIN, ());
        let retirer = {
            let member = worker.member.clone();
            spawn(&pool, move |pool| pool.retire(&member) && member.has_started())
        };
        worker.member.start_looking();
        let is_taken = pool.take(&worker.member).is_some();
        let had_started = retirer.join().unwrap();
        assert!(had_started || !is_taken);
    });
}

#[test]
fn loom_a_worker_that_retires_and_one_that_is_at_rest_lose_no_task() {
    model(UNBOUNDED, || {
        let pool = new_pool();
        let stays = Worker::at_rest(&pool);
        let goes = Worker::at_rest(&pool);
        let submitter = spawn(&pool, |pool| drop(pool.submit(1, PLAIN, ())));
        // It is woken and does not look: its wake-up passes to another worker at once.
        assert!(pool.retire(&goes.member));
        submitter.join().unwrap();
        assert_eq!(settle(&pool, [&stays]), [1]);
    });
}

#[test]
fn loom_a_worker_that_retires_while_it_falls_asleep_loses_no_task() {
    model(Some(3), || {
        let pool = new_pool();
        let stays = Worker::at_rest(&pool);
        let goes = Worker::new(&pool);
        let submitter = spawn(&pool, |pool| drop(pool.submit(1, PLAIN, ())));
        let retirer = {
            let member = goes.member.clone();
            spawn(&pool, move |pool| assert!(pool.retire(&member)))
        };
        let mut done = goes.look(&pool);
        submitter.join().unwrap();
        retirer.join().unwrap();
        done.extend(settle(&pool, [&goes, &stays]));
        assert_eq!(done, [1]);
        assert_eq!(pool.queued(), 0);
    });
}

#[test]
fn loom_a_task_for_a_worker_that_retires_is_run_once() {
    model(Some(3), || {
        let pool = new_pool();
        let stays = Worker::at_rest(&pool);
        let goes = Worker::new(&pool);
        let [submitter, retirer] = {
            let [first, second] = [goes.member.clone(), goes.member.clone()];
            [
                spawn(&pool, move |pool| drop(pool.submit_to(&first, 1, PLAIN, ()))),
                spawn(&pool, move |pool| assert!(pool.retire(&second))),
            ]
        };
        let mut done = goes.look(&pool);
        submitter.join().unwrap();
        retirer.join().unwrap();
        done.extend(settle(&pool, [&goes, &stays]));
        assert_eq!(done, [1]);
        assert_eq!(pool.queued(), 0);
    });
}

#[test]
fn loom_a_task_for_a_worker_that_leaves_is_run_by_another() {
    model(Some(4), || {
        let pool = new_pool();
        let stays = Worker::at_rest(&pool);
        let goes = Worker::at_rest(&pool);
        let submitter = {
            let member = goes.member.clone();
            spawn(&pool, move |pool| {
                pool.submit_to(&member, 1, PLAIN, ());
                pool.submit_to(&member, 2, PLAIN, ());
            })
        };
        assert_eq!(pool.leave(&goes.member), [0; 0]);
        submitter.join().unwrap();
        let mut done = settle(&pool, [&stays]);
        done.sort_unstable();
        assert_eq!(done, [1, 2]);
        assert_eq!(pool.queued(), 0);
    });
}

#[test]
fn loom_a_wake_up_of_a_worker_that_leaves_goes_to_another() {
    model(UNBOUNDED, || {
        let pool = new_pool();
        let stays = Worker::at_rest(&pool);
        let goes = Worker::at_rest(&pool);
        let submitter = spawn(&pool, |pool| drop(pool.submit(1, PLAIN, ())));
        assert_eq!(pool.leave(&goes.member), [0; 0]);
        submitter.join().unwrap();
        assert_eq!(settle(&pool, [&stays]), [1]);
    });
}

#[test]
fn loom_a_worker_that_leaves_while_it_is_retired_gives_each_task_away_once() {
    model(UNBOUNDED, || {
        let pool = new_pool();
        let stays = Worker::at_rest(&pool);
        let goes = Worker::at_rest(&pool);
        pool.submit(1, PLAIN, ());
        pool.submit_to(&goes.member, 2, PLAIN, ());
        let retirer = {
            let member = goes.member.clone();
            spawn(&pool, move |pool| pool.retire(&member))
        };
        assert_eq!(pool.leave(&goes.member), [0; 0]);
        retirer.join().unwrap();
        assert_eq!(settle(&pool, [&stays]), [1, 2]);
        assert_eq!(pool.queued(), 0);
    });
}
