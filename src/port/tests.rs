use std::cell::RefCell;
use std::sync::Arc;
use std::thread;

use super::test_reader::{look, receive, receive_all};
use super::{Port, channel};
use crate::event_loop::Token;
use crate::event_loop::test_loop::TestLoop;

/// A message that carries ports.
struct Parcel(Vec<Port<Parcel>>);

fn parcel(port: Port<Parcel>) -> Parcel {
    Parcel(vec![port])
}

/// Tokens pushed since the last call.
fn told(test_loop: &TestLoop) -> Vec<Token> {
    let mut batch = Vec::new();
    test_loop.waker.take(&mut batch);
    batch
}

fn received<M>(port: &Port<M>) -> Vec<M> {
    let mut messages = Vec::new();
    look(port, |message| messages.push(message));
    messages
}

#[test]
fn smoke() {
    let (first, second) = channel();
    assert_eq!(first.post(1), Ok(()));
    assert_eq!(second.post(2), Ok(()));
    assert!(first.has_messages() && second.has_messages());
    assert_eq!((first.try_receive(), second.try_receive()), (Some(2), Some(1)));
    assert_eq!((first.try_receive(), second.try_receive()), (None, None));
    assert!(!first.has_messages() && !second.has_messages());
}

#[test]
fn messages_arrive_in_the_order_posted() {
    let (here, there) = channel();
    // More than one block of the queue.
    for message in 0..200 {
        assert_eq!(there.post(message), Ok(()));
    }
    assert_eq!(received(&here), (0..200).collect::<Vec<_>>());
}

#[test]
fn a_sender_keeps_its_place_among_the_messages_of_its_port() {
    let (here, there) = channel();
    let sender = there.sender();
    for message in 0..10 {
        let posted = if message % 2 == 0 {
            there.post(message)
        } else {
            sender.post(message)
        };
        assert_eq!(posted, Ok(()));
    }
    assert_eq!(received(&here), (0..10).collect::<Vec<_>>());
}

#[test]
fn a_message_for_a_closed_port_comes_back() {
    let (here, there) = channel();
    let sender = there.sender();
    drop(here);
    assert_eq!(there.post(1), Err(1));
    assert_eq!(sender.post(2), Err(2));
}

#[test]
fn what_was_posted_before_the_closing_is_still_received() {
    let (here, there) = channel();
    assert_eq!(there.post(1), Ok(()));
    assert!(!here.is_peer_closed());
    drop(there);
    assert!(here.is_peer_closed());
    assert_eq!(here.try_receive(), Some(1));
}

#[test]
fn a_sender_outlives_its_port_and_closes_nothing() {
    let (here, there) = channel();
    let sender = there.sender();
    drop(there.sender());
    assert!(!here.is_peer_closed());
    drop(there);
    assert_eq!(sender.post(1), Ok(()));
    assert_eq!(here.try_receive(), Some(1));
}

#[test]
fn only_the_two_sides_of_one_channel_are_entangled() {
    let (first, second) = channel::<()>();
    let (other, _) = channel::<()>();
    assert!(first.is_entangled_with(&second) && second.is_entangled_with(&first));
    assert!(!first.is_entangled_with(&other));
}

// ---- notifications ----

#[test]
fn the_reader_is_told_once_until_it_looks() {
    let test_loop = TestLoop::new();
    let (here, there) = channel();
    here.bind(test_loop.waker.clone(), Token(7));
    assert!(told(&test_loop).is_empty());
    for message in 0..3 {
        assert_eq!(there.post(message), Ok(()));
    }
    assert_eq!(told(&test_loop), [Token(7)]);
    assert_eq!(received(&here), [0, 1, 2]);
    assert_eq!(there.post(3), Ok(()));
    assert_eq!(told(&test_loop), [Token(7)]);
}

#[test]
fn binding_tells_of_what_came_before() {
    let test_loop = TestLoop::new();
    let (here, there) = channel();
    assert_eq!(there.post(1), Ok(()));
    here.bind(test_loop.waker.clone(), Token(7));
    assert_eq!(told(&test_loop), [Token(7)]);
}

#[test]
fn binding_tells_of_a_closing_that_came_before() {
    let test_loop = TestLoop::new();
    let (here, there) = channel::<()>();
    drop(there);
    here.bind(test_loop.waker.clone(), Token(7));
    assert_eq!(told(&test_loop), [Token(7)]);
}

#[test]
fn the_closing_is_told() {
    let test_loop = TestLoop::new();
    let (here, there) = channel::<()>();
    here.bind(test_loop.waker.clone(), Token(7));
    drop(there);
    assert_eq!(told(&test_loop), [Token(7)]);
}

#[test]
fn rescheduling_tells_again_if_there_is_anything_to_do() {
    let test_loop = TestLoop::new();
    let (here, there) = channel();
    here.bind(test_loop.waker.clone(), Token(7));
    here.reschedule();
    assert!(told(&test_loop).is_empty());
    assert_eq!(there.post(1), Ok(()));
    told(&test_loop);
    here.reschedule();
    assert_eq!(told(&test_loop), [Token(7)]);
    assert_eq!(received(&here), [1]);
    here.reschedule();
    assert!(told(&test_loop).is_empty());
    drop(there);
    told(&test_loop);
    here.reschedule();
    assert_eq!(told(&test_loop), [Token(7)]);
}

#[test]
fn a_port_that_moves_takes_its_messages_along_and_tells_its_new_thread_only() {
    let (old, new) = (TestLoop::new(), TestLoop::new());
    let (here, there) = channel();
    here.bind(old.waker.clone(), Token(1));
    assert_eq!(there.post(1), Ok(()));
    assert_eq!(told(&old), [Token(1)]);
    here.unbind();
    assert_eq!(there.post(2), Ok(()));
    assert!(told(&old).is_empty());
    here.bind(new.waker.clone(), Token(2));
    assert_eq!(there.post(3), Ok(()));
    assert_eq!(told(&new), [Token(2)]);
    assert_eq!(received(&here), [1, 2, 3]);
    assert!(told(&old).is_empty());
}

#[test]
fn a_sleeping_reader_is_woken() {
    let mut test_loop = TestLoop::new();
    let (here, there) = channel();
    let producer = thread::spawn(move || {
        assert_eq!(there.post(1), Ok(()));
        assert_eq!(there.post(2), Ok(()));
        drop(there);
    });
    assert_eq!(receive_all(&mut test_loop, &here), [1, 2]);
    producer.join().unwrap();
}

#[test]
fn a_port_moves_inside_of_a_message_to_another_thread() {
    let (here, there) = channel();
    let (inner, other) = channel();
    assert!(there.post(parcel(inner)).is_ok());
    let reader = thread::spawn(move || {
        let mut test_loop = TestLoop::new();
        let Parcel(mut ports) = receive(&mut test_loop, &here, 1).remove(0);
        let inner = ports.remove(0);
        assert_eq!(receive(&mut test_loop, &inner, 1).len(), 1);
        drop(inner);
        drop(here);
    });
    let mut test_loop = TestLoop::new();
    assert!(other.post(Parcel(Vec::new())).is_ok());
    assert!(receive_all(&mut test_loop, &other).is_empty());
    reader.join().unwrap();
}

// ---- dropping ----

#[test]
fn drops() {
    let token = Arc::new(());
    let (here, there) = channel();
    for _ in 0..100 {
        assert!(there.post(token.clone()).is_ok());
    }
    for _ in 0..40 {
        assert!(here.try_receive().is_some());
    }
    assert_eq!(Arc::strong_count(&token), 61);
    drop(here);
    assert_eq!(Arc::strong_count(&token), 1);
    drop(there.post(token.clone()));
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn a_sender_that_stays_keeps_no_message_alive() {
    let token = Arc::new(());
    let (here, there) = channel();
    let sender = there.sender();
    assert!(sender.post(token.clone()).is_ok());
    drop(there);
    drop(here);
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn a_dropped_port_lets_go_of_its_waker() {
    let test_loop = TestLoop::new();
    let (here, _there) = channel::<()>();
    here.bind(test_loop.waker.clone(), Token(0));
    drop(here);
    assert_eq!(Arc::strong_count(&test_loop.waker), 1);
}

#[test]
fn ports_inside_of_dropped_messages_are_closed_and_their_other_sides_told() {
    let test_loop = TestLoop::new();
    let (here, there) = channel();
    let (inner, other) = channel();
    let (innermost, another) = channel();
    other.bind(test_loop.waker.clone(), Token(1));
    another.bind(test_loop.waker.clone(), Token(2));
    assert!(other.post(parcel(innermost)).is_ok());
    assert!(there.post(parcel(inner)).is_ok());
    drop(here);
    assert!(other.is_peer_closed() && another.is_peer_closed());
    assert_eq!(told(&test_loop).len(), 2);
}

#[test]
fn a_port_inside_of_a_message_that_comes_back_is_closed_with_it() {
    let (here, there) = channel();
    let (inner, other) = channel();
    drop(here);
    let back = there.post(parcel(inner)).unwrap_err();
    assert!(!other.is_peer_closed());
    drop(back);
    assert!(other.is_peer_closed());
}

#[test]
fn a_long_chain_of_ports_inside_of_messages_does_not_overflow_the_stack() {
    const LENGTH: usize = if cfg!(miri) { 20 } else { 20_000 };
    let close = || {
        let (last, mut others) = (channel().0, Vec::new());
        let first = (0..LENGTH).fold(last, |inner, _| {
            let (here, there) = channel();
            assert!(there.post(parcel(inner)).is_ok());
            others.push(there);
            here
        });
        drop(first);
        assert!(others.iter().all(Port::is_peer_closed));
    };
    let thread = thread::Builder::new().stack_size(128 * 1024).spawn(close);
    thread.unwrap().join().unwrap();
}

#[test]
fn ports_that_a_thread_leaves_behind_are_closed_when_it_ends() {
    thread_local! {
        static LEFT: RefCell<Vec<Port<Parcel>>> = const { RefCell::new(Vec::new()) };
    }
    let (here, there) = channel();
    let (inner, other) = channel();
    assert!(there.post(parcel(inner)).is_ok());
    thread::spawn(move || {
        LEFT.with_borrow_mut(|left| left.push(here));
        // Creates this module's own thread-local variable, which is destroyed first.
        drop(channel::<Parcel>());
    })
    .join()
    .unwrap();
    assert!(there.is_peer_closed() && other.is_peer_closed());
}
