//! The mailbox's protocol in every interleaving. See `event_loop/loom_tests.rs` for how to run it and for loom's
//! limits. A weaker queue replaces crossbeam's.

use loom::sync::Arc;
use loom::thread;

use super::test_reader::{receive, receive_all};
use super::{Port, channel};
use crate::event_loop::Token;
use crate::event_loop::test_loop::{TestLoop, UNBOUNDED, model};

/// The `Arc`'s count minus one is the number of live messages.
type Payload = Arc<()>;

#[test]
fn loom_no_message_is_lost() {
    model(Some(3), || {
        let mut test_loop = TestLoop::new();
        let (here, there) = channel();
        let sender = there.sender();
        let producer = thread::spawn(move || {
            assert_eq!(there.post(1), Ok(()));
            there
        });
        let other = thread::spawn(move || assert_eq!(sender.post(2), Ok(())));
        let mut messages = receive(&mut test_loop, &here, 2);
        messages.sort_unstable();
        assert_eq!(messages, [1, 2]);
        producer.join().unwrap();
        other.join().unwrap();
        test_loop.assert_woken_once_per_sleep();
    });
}

#[test]
fn loom_messages_of_one_sender_keep_their_order() {
    model(Some(4), || {
        let mut test_loop = TestLoop::new();
        let (here, there) = channel();
        let producer = thread::spawn(move || {
            for message in 0..3 {
                assert_eq!(there.post(message), Ok(()));
            }
            there
        });
        assert_eq!(receive(&mut test_loop, &here, 3), [0, 1, 2]);
        producer.join().unwrap();
    });
}

#[test]
fn loom_no_message_is_lost_while_the_port_moves() {
    model(Some(4), || {
        let (old, mut new) = (TestLoop::new(), TestLoop::new());
        let (here, there) = channel();
        here.bind(old.waker.clone(), Token(0));
        let producer = thread::spawn(move || {
            assert_eq!(there.post(1), Ok(()));
            assert_eq!(there.post(2), Ok(()));
            there
        });
        here.unbind();
        assert_eq!(receive(&mut new, &here, 2), [1, 2]);
        producer.join().unwrap();
    });
}

#[test]
fn loom_nothing_is_pushed_after_unbinding() {
    model(UNBOUNDED, || {
        let test_loop = TestLoop::new();
        let (here, there) = channel();
        here.bind(test_loop.waker.clone(), Token(0));
        let producer = thread::spawn(move || {
            assert_eq!(there.post(1), Ok(()));
            there
        });
        here.unbind();
        let mut before = Vec::new();
        test_loop.waker.take(&mut before);
        assert!(before.is_empty() || before == [Token(0)]);
        producer.join().unwrap();
        let mut after = Vec::new();
        test_loop.waker.take(&mut after);
        assert!(after.is_empty());
    });
}

#[test]
fn loom_the_closing_is_heard_after_every_message() {
    model(Some(3), || {
        let mut test_loop = TestLoop::new();
        let (here, there) = channel();
        let producer = thread::spawn(move || {
            assert_eq!(there.post(1), Ok(()));
            assert_eq!(there.post(2), Ok(()));
            drop(there);
        });
        assert_eq!(receive_all(&mut test_loop, &here), [1, 2]);
        producer.join().unwrap();
    });
}

#[test]
fn loom_who_sees_the_closing_sees_every_message() {
    model(UNBOUNDED, || {
        let (here, there) = channel();
        let producer = thread::spawn(move || {
            assert_eq!(there.post(1), Ok(()));
            drop(there);
        });
        if here.is_peer_closed() {
            assert!(here.has_messages());
        }
        producer.join().unwrap();
    });
}

#[test]
fn loom_the_closing_is_heard_while_the_port_moves() {
    model(UNBOUNDED, || {
        let (old, mut new) = (TestLoop::new(), TestLoop::new());
        let (here, there) = channel::<()>();
        here.bind(old.waker.clone(), Token(0));
        let producer = thread::spawn(move || drop(there));
        here.unbind();
        assert!(receive_all(&mut new, &here).is_empty());
        producer.join().unwrap();
    });
}

#[test]
fn loom_a_message_that_meets_the_closing_is_dropped() {
    model(Some(3), || {
        let (here, there) = channel::<Payload>();
        let token = Payload::new(());
        let producers = [there.sender(), there.sender()].map(|sender| {
            let token = token.clone();
            thread::spawn(move || drop(sender.post(token)))
        });
        drop(here);
        for producer in producers {
            producer.join().unwrap();
        }
        // The other side is still open, so the message cannot have been dropped with the channel.
        assert_eq!(Arc::strong_count(&token), 1);
        assert!(there.is_peer_closed());
    });
}

/// A message that carries a port.
struct Parcel {
    _port: Port<Parcel>,
}

#[test]
fn loom_a_port_inside_of_a_message_that_meets_the_closing_is_closed() {
    model(UNBOUNDED, || {
        let (here, there) = channel();
        let (inner, other) = channel();
        let producer = thread::spawn(move || {
            drop(there.post(Parcel { _port: inner }));
            there
        });
        drop(here);
        let _there = producer.join().unwrap();
        assert!(other.is_peer_closed());
    });
}

#[test]
fn loom_both_sides_close_with_messages_under_way() {
    model(Some(4), || {
        let (here, there) = channel::<Payload>();
        let token = Payload::new(());
        let theirs = token.clone();
        let producer = thread::spawn(move || {
            drop(there.post(theirs));
            drop(there);
        });
        drop(here.post(token.clone()));
        drop(here);
        producer.join().unwrap();
        assert_eq!(Arc::strong_count(&token), 1);
    });
}
