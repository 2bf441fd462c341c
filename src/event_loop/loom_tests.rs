//! The waker's protocol in every interleaving:
//! `npm run test:loom`
//!
//! A lost wake-up shows as a deadlock, which loom reports. The limits of loom:
//!
//! - It treats `SeqCst` as `AcqRel`. It would therefore reject correct protocols that need more, such as a store
//!   followed by a load of something else on both sides. Our protocols consist of read-modify-writes and locks, so
//!   `AcqRel` is sufficient.
//! - It lets a plain store slip between the two halves of another thread's read-modify-write
//!   (tokio-rs/loom#254). That is one more reason to avoid plain stores in the protocols.
//! - It does not reorder the instructions of one thread as `Relaxed` allows. The protocols do not use `Relaxed`.
//! - It only sees its own types. `sync/loom_channel.rs` says what replaces crossbeam's queue;
//!   crossbeam itself is trusted.
//! - Models with more than a few steps run with a bounded number of preemptions, see [`model`].

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use loom::sync::Arc;
use loom::thread;

use super::test_loop::{TestLoop, UNBOUNDED, model};
use super::{Token, Waker};

fn key(Token(key): Token) -> usize {
    key
}

#[test]
fn loom_no_push_is_lost_and_none_wakes_twice() {
    model(UNBOUNDED, || {
        let mut test_loop = TestLoop::new();
        let producers: Vec<_> = (0..2)
            .map(|number| {
                let waker = test_loop.waker.clone();
                thread::spawn(move || waker.push(Token(number)))
            })
            .collect();
        let mut seen = [0, 0];
        test_loop.run(|item| {
            seen[key(item)] += 1;
            seen == [1, 1]
        });
        for producer in producers {
            producer.join().unwrap();
        }
        test_loop.assert_woken_once_per_sleep();
        test_loop.drain(|item| panic!("{item:?} came twice"));
    });
}

#[test]
fn loom_pushes_of_one_producer_keep_their_order() {
    model(UNBOUNDED, || {
        let mut test_loop = TestLoop::new();
        let waker = test_loop.waker.clone();
        let producer = thread::spawn(move || (0..3).for_each(|number| waker.push(Token(number))));
        let mut seen = Vec::new();
        test_loop.run(|item| {
            seen.push(key(item));
            seen.len() == 3
        });
        assert_eq!(seen, [0, 1, 2]);
        producer.join().unwrap();
        test_loop.assert_woken_once_per_sleep();
    });
}

#[test]
fn loom_yielding_to_the_loop_loses_no_push() {
    model(UNBOUNDED, || {
        let mut test_loop = TestLoop::new();
        let waker = test_loop.waker.clone();
        let producer = thread::spawn(move || waker.push(Token(0)));
        // As after a drain that has delivered a lot.
        let mut early = Vec::new();
        test_loop.waker.awake();
        test_loop.waker.take(&mut early);
        test_loop.waker.yield_to_loop();
        if early.is_empty() {
            test_loop.run(|item| key(item) == 0);
        }
        producer.join().unwrap();
    });
}

#[test]
fn loom_nobody_is_notified_after_disconnecting() {
    model(UNBOUNDED, || {
        let is_gone = Arc::new(AtomicBool::new(false));
        let notify = {
            let is_gone = is_gone.clone();
            move || assert!(!is_gone.load(SeqCst), "the loop was notified after it was gone")
        };
        let waker = Arc::new(Waker::new(Box::new(notify)));
        let producer = {
            let waker = waker.clone();
            thread::spawn(move || waker.push(Token(0)))
        };
        waker.disconnect();
        is_gone.store(true, SeqCst);
        producer.join().unwrap();
        let mut kept = Vec::new();
        waker.take(&mut kept);
        assert_eq!(kept, [Token(0)]);
    });
}
