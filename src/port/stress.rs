//! Two threads and many messages. Bounded in number, never in time.

use std::sync::{Arc, Barrier, mpsc};
use std::thread;

use super::test_reader::{is_finished, look, receive_all};
use super::{Port, channel};
use crate::event_loop::Token;
use crate::event_loop::test_loop::TestLoop;

/// Fewer under Miri, which is slow.
const MESSAGES: usize = if cfg!(miri) { 100 } else { 200_000 };

/// A sender's number, and the number of the message among that sender's.
type Numbered = (usize, usize);

fn assert_in_order(messages: &[Numbered], senders: usize, each: usize) {
    let mut next = vec![0; senders];
    for &(sender, number) in messages {
        assert_eq!(number, next[sender], "sender {sender}");
        next[sender] += 1;
    }
    assert_eq!(next, vec![each; senders]);
}

#[test]
fn stress_spsc() {
    let mut test_loop = TestLoop::new();
    let (here, there) = channel();
    let producer = thread::spawn(move || (0..MESSAGES).for_each(|number| there.post((0, number)).unwrap()));
    assert_in_order(&receive_all(&mut test_loop, &here), 1, MESSAGES);
    producer.join().unwrap();
    test_loop.assert_woken_once_per_sleep();
}

#[test]
fn stress_mpsc() {
    const SENDERS: usize = 4;
    let mut test_loop = TestLoop::new();
    let (here, there) = channel();
    let each = MESSAGES / SENDERS;
    thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let peer = there.sender();
                scope.spawn(move || (0..each).for_each(|number| peer.post((sender, number)).unwrap()))
            })
            .collect();
        scope.spawn(move || {
            // The closing comes after every message.
            senders.into_iter().for_each(|sender| sender.join().unwrap());
            drop(there);
        });
        assert_in_order(&receive_all(&mut test_loop, &here), SENDERS, each);
    });
    test_loop.assert_woken_once_per_sleep();
}

/// Both sides post and receive at once, and both fall asleep constantly.
#[test]
fn stress_ping_pong() {
    let (first, second) = channel();
    let echo = thread::spawn(move || {
        let mut test_loop = TestLoop::new();
        second.bind(test_loop.waker.clone(), Token(0));
        test_loop.run(|_| {
            look(&second, |message| second.post(message).unwrap());
            is_finished(&second)
        });
    });
    let mut test_loop = TestLoop::new();
    first.bind(test_loop.waker.clone(), Token(0));
    let mut next = 0;
    first.post(next).unwrap();
    test_loop.run(|_| {
        look(&first, |message| {
            assert_eq!(message, next);
            next += 1;
            if next < MESSAGES / 100 {
                first.post(next).unwrap();
            }
        });
        next == MESSAGES / 100
    });
    drop(first);
    echo.join().unwrap();
}

/// The port moves back and forth between two threads while messages arrive; each reads a few.
#[test]
fn stress_moving_port() {
    let (here, there) = channel();
    let producer = thread::spawn(move || (0..MESSAGES).for_each(|number| there.post(number).unwrap()));
    let (to_first, first) = mpsc::channel::<(Port<usize>, usize)>();
    let (to_second, second) = mpsc::channel();
    to_first.send((here, 0)).unwrap();
    let readers = [(first, to_second), (second, to_first)].map(|(inbox, other)| {
        thread::spawn(move || {
            let mut test_loop = TestLoop::new();
            while let Ok((port, mut next)) = inbox.recv() {
                port.bind(test_loop.waker.clone(), Token(0));
                let (start, mut is_over) = (next, false);
                test_loop.run(|_| {
                    port.clear_scheduled();
                    // Leaves the rest to the other thread.
                    while next < start + 50 {
                        let Some(number) = port.try_receive() else { break };
                        assert_eq!(number, next);
                        next += 1;
                    }
                    is_over = is_finished(&port);
                    is_over || next > start
                });
                port.unbind();
                if is_over {
                    return Some(next);
                }
                other.send((port, next)).unwrap();
                // A key of the last visit may still be on the list.
                test_loop.drain(|_| ());
                test_loop = TestLoop::new();
            }
            None
        })
    });
    producer.join().unwrap();
    let [first, second] = readers.map(|reader| reader.join().unwrap());
    assert_eq!(first.or(second), Some(MESSAGES));
}

/// One thread posts, the other closes at any moment. The sender stays open, so that its messages are not merely dropped
/// with the channel.
#[test]
fn stress_closing_while_posting() {
    let rounds = MESSAGES / 20;
    let barrier = Arc::new(Barrier::new(2));
    let (send, inbox) = mpsc::channel::<Port<Arc<()>>>();
    let closer = {
        let barrier = barrier.clone();
        thread::spawn(move || {
            for port in inbox {
                barrier.wait();
                drop(port);
                barrier.wait();
            }
        })
    };
    let token = Arc::new(());
    for round in 0..rounds {
        let (here, there) = channel();
        send.send(here).unwrap();
        barrier.wait();
        for _ in 0..round % 40 {
            if there.post(token.clone()).is_err() {
                break;
            }
        }
        barrier.wait();
        assert_eq!(Arc::strong_count(&token), 1, "in round {round}");
        assert!(there.is_peer_closed());
    }
    drop(send);
    closer.join().unwrap();
}
