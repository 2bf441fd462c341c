//! Messages for all workers.

use super::*;

fn heard<T: Copy>(pool: &Pool<T>, member: &Member<T>) -> Vec<T> {
    std::iter::from_fn(|| pool.next_broadcast(member).map(|message| *message)).collect()
}

#[test]
fn every_worker_gets_each_once_and_in_order_and_is_woken_for_it() {
    let pool = new_pool();
    let workers = [0, 1].map(|key| Worker::new(&pool, key, 1));
    assert!(pool.rest(&workers[0].member));
    pool.broadcast(None, 0);
    assert_eq!(woken(&workers), [1, 1], "one is at rest, one is not");
    assert_eq!(heard(&pool, &workers[0].member), [0]);
    pool.broadcast(None, 1);
    pool.broadcast(None, 2);
    assert_eq!(heard(&pool, &workers[0].member), [1, 2]);
    assert_eq!(heard(&pool, &workers[1].member), [0, 1, 2]);
    assert_eq!(heard(&pool, &workers[0].member), [0; 0]);
}

#[test]
fn workers_of_the_future_get_them_too() {
    let pool = new_pool();
    pool.broadcast(None, 0);
    pool.broadcast(Some("name".into()), 1);
    let member = pool.join(0, 1);
    pool.broadcast(None, 2);
    assert_eq!(heard(&pool, &member), [0, 1, 2]);
}

#[test]
fn one_of_the_same_name_takes_the_place_of_what_was_not_heard() {
    let pool = new_pool();
    let [early, late] = [0, 1].map(|key| pool.join(key, 1));
    let name = |name: &str| Some(name.to_string());
    pool.broadcast(name("a"), 0);
    pool.broadcast(name("b"), 1);
    pool.broadcast(None, 2);
    assert_eq!(heard(&pool, &early), [0, 1, 2]);
    pool.broadcast(name("a"), 3);
    pool.broadcast(None, 4);
    assert_eq!(heard(&pool, &early), [3, 4]);
    assert_eq!(heard(&pool, &late), [1, 2, 3, 4], "and is in its own place");
    pool.broadcast(name("a"), 5);
    pool.broadcast(name("a"), 6);
    assert_eq!(heard(&pool, &early), [6]);
}

#[test]
fn a_worker_that_is_full_or_retired_hears_them_and_one_that_left_is_not_woken() {
    let pool = new_pool();
    let workers = [0, 1].map(|key| Worker::new(&pool, key, 1));
    pool.submit(0, PLAIN, 0);
    assert_eq!(workers[0].take_all(&pool), [0]);
    assert!(pool.retire(&workers[0].member));
    assert_eq!(pool.leave(&workers[1].member), [0; 0]);
    woken(&workers);
    pool.broadcast(None, 1);
    assert_eq!(woken(&workers), [1, 0]);
    assert_eq!(heard(&pool, &workers[0].member), [1]);
}
