use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

use super::test_loop::TestLoop;
use super::{Token, Waker};

/// Fewer under Miri, which is slow.
const PUSHES: usize = if cfg!(miri) { 50 } else { 100_000 };

fn taken(waker: &Waker) -> Vec<Token> {
    let mut batch = Vec::new();
    waker.take(&mut batch);
    batch
}

#[test]
fn a_sleeping_thread_is_woken_by_the_first_push_only() {
    let test_loop = TestLoop::new();
    test_loop.waker.push(Token(1));
    test_loop.waker.push(Token(0));
    test_loop.waker.push(Token(2));
    assert_eq!(test_loop.wakes(), 1);
    assert_eq!(taken(&test_loop.waker), [Token(1), Token(0), Token(2)]);
}

#[test]
fn a_thread_that_is_awake_is_not_woken() {
    let test_loop = TestLoop::new();
    test_loop.waker.awake();
    test_loop.waker.push(Token(0));
    assert_eq!(test_loop.wakes(), 0);
}

#[test]
fn a_push_while_awake_keeps_the_thread_from_sleeping() {
    let test_loop = TestLoop::new();
    let waker = &test_loop.waker;
    waker.awake();
    assert!(taken(waker).is_empty());
    waker.push(Token(0));
    assert!(!waker.sleep());
    // Items that arrive before it looks do not wake it again.
    waker.push(Token(0));
    assert_eq!(test_loop.wakes(), 0);
    assert_eq!(taken(waker).len(), 2);
}

#[test]
fn a_thread_that_fell_asleep_is_woken_again() {
    let mut test_loop = TestLoop::new();
    for wakes in 1..=3 {
        test_loop.waker.push(Token(0));
        assert_eq!(test_loop.wakes(), wakes);
        let mut delivered = 0;
        test_loop.drain(|_| delivered += 1);
        assert_eq!(delivered, 1);
    }
    test_loop.assert_woken_once_per_sleep();
}

#[test]
fn what_is_pushed_while_delivering_is_delivered_by_the_same_drain() {
    let mut test_loop = TestLoop::new();
    let waker = test_loop.waker.clone();
    waker.push(Token(0));
    let mut delivered = Vec::new();
    test_loop.drain(|item| {
        delivered.push(item);
        if delivered.len() < 4 {
            waker.push(Token(delivered.len()));
        }
    });
    assert_eq!(delivered, [Token(0), Token(1), Token(2), Token(3)]);
    assert_eq!(test_loop.wakes(), 1);
}

#[test]
fn yielding_notifies_the_own_loop_and_pushes_add_nothing_to_that() {
    let test_loop = TestLoop::new();
    test_loop.waker.awake();
    test_loop.waker.yield_to_loop();
    assert_eq!(test_loop.wakes(), 1);
    test_loop.waker.push(Token(0));
    assert_eq!(test_loop.wakes(), 1);
}

#[test]
fn after_disconnecting_pushes_are_kept_and_wake_nobody() {
    let test_loop = TestLoop::new();
    test_loop.waker.disconnect();
    test_loop.waker.push(Token(0));
    test_loop.waker.yield_to_loop();
    assert_eq!(test_loop.wakes(), 0);
    assert_eq!(taken(&test_loop.waker), [Token(0)]);
}

#[test]
fn disconnecting_waits_for_a_notification_that_is_on_its_way() {
    for _ in 0..PUSHES / 500 {
        let is_gone = Arc::new(AtomicBool::new(false));
        let notify = {
            let is_gone = is_gone.clone();
            move || assert!(!is_gone.load(SeqCst), "the loop was notified after it was gone")
        };
        let waker = Waker::new(Box::new(notify));
        thread::scope(|scope| {
            let producer = scope.spawn(|| waker.push(Token(0)));
            waker.disconnect();
            is_gone.store(true, SeqCst);
            producer.join().unwrap();
        });
    }
}

fn stress(producers: usize) {
    let mut test_loop = TestLoop::new();
    let each = PUSHES / producers;
    let threads: Vec<_> = (0..producers)
        .map(|number| {
            let waker = test_loop.waker.clone();
            thread::spawn(move || (0..each).for_each(|index| waker.push(Token(number * each + index))))
        })
        .collect();
    let mut seen = vec![0; producers];
    test_loop.run(|item| {
        let Token(key) = item;
        let (number, index) = (key / each, key % each);
        assert_eq!(seen[number], index, "of producer {number}");
        seen[number] += 1;
        seen.iter().all(|&count| count == each)
    });
    for thread in threads {
        thread.join().unwrap();
    }
    test_loop.assert_woken_once_per_sleep();
}

#[test]
fn stress_one_producer() {
    stress(1);
}

#[test]
fn stress_four_producers() {
    stress(4);
}

/// Passes one item back and forth, so that both threads fall asleep over and over.
#[test]
fn stress_falling_asleep() {
    let rounds = PUSHES / 50;
    let (mut ping, mut pong) = (TestLoop::new(), TestLoop::new());
    let (to_ping, to_pong) = (ping.waker.clone(), pong.waker.clone());
    let thread = thread::spawn(move || {
        let mut count = 0;
        pong.run(|item| {
            to_ping.push(item);
            count += 1;
            count == rounds
        });
        pong.assert_woken_once_per_sleep();
    });
    let mut count = 0;
    to_pong.push(Token(0));
    ping.run(|item| {
        count += 1;
        if count < rounds {
            to_pong.push(item);
        }
        count == rounds
    });
    thread.join().unwrap();
    ping.assert_woken_once_per_sleep();
}
