use std::sync::Arc;
use std::thread;
use std::time::Instant;

use super::*;
use crate::shared::Memory;

fn with_queue(capacity: usize, value_words: usize, run: impl FnOnce(&Queue)) {
    let shape = Shape::new(capacity, value_words, false).unwrap();
    let memory = Memory::zeroed(shape.words().unwrap() * 4);
    let words = memory.cells(0, shape.words().unwrap()).unwrap();
    assert_eq!(Queue::make(words, shape), Some(shape));
    run(&Queue::new(words, shape, ParkingLot::global()));
}

#[test]
fn shapes_are_checked() {
    assert_eq!(Shape::new(3, 1, false), None);
    assert_eq!(Shape::new(0, 1, false), None);
    assert_eq!(Shape::new(4, 0, false), None);
    assert_eq!(Shape::new(4, 1 << 24, false), None);
    let shape = Shape::new(1024, 30, true).unwrap();
    assert_eq!(
        (shape.capacity(), shape.value_words(), shape.is_bytes()),
        (1024, 30, true)
    );
    assert_eq!(Shape::from_word(shape.0), Some(shape));
    assert_eq!(Shape::from_word(0), None);
    assert_eq!(Shape::from_word(shape.0 | 1 << 31), None);
}

#[test]
fn values_of_every_length() {
    with_queue(4, 3, |queue| {
        for length in 0..=12 {
            let bytes: Vec<u8> = (1..=length).collect();
            queue.try_push(kind::BYTES, &bytes).unwrap();
            assert_eq!(
                queue.try_pop(),
                Ok(Item {
                    kind: kind::BYTES,
                    bytes
                })
            );
        }
        assert_eq!(queue.try_push(kind::BYTES, &[0; 13]), Err(PushError::TooLong));
    });
}

#[test]
fn full_empty_closed() {
    with_queue(2, 1, |queue| {
        assert_eq!(queue.try_pop(), Err(PopError::Empty));
        queue.try_push(kind::NULL, &[]).unwrap();
        queue.try_push(kind::TRUE, &[]).unwrap();
        assert_eq!(
            (queue.len(), queue.try_push(kind::TRUE, &[])),
            (2, Err(PushError::Full))
        );
        let soon = Some(Instant::now());
        let timed_out = queue.push(kind::TRUE, &[], &Arc::default(), soon);
        assert_eq!(timed_out, Err(PushError::NotTaken(NotTaken::TimedOut)));
        queue.close();
        assert_eq!(queue.try_push(kind::TRUE, &[]), Err(PushError::Closed));
        assert_eq!(queue.try_pop().unwrap().kind, kind::NULL);
        assert_eq!(queue.try_pop().unwrap().kind, kind::TRUE);
        assert_eq!(queue.try_pop(), Err(PopError::Closed));
    });
}

#[test]
fn stress_mpmc() {
    const EACH: u32 = 50_000;
    with_queue(8, 2, |queue| {
        let mut seen: Vec<u32> = thread::scope(|scope| {
            let consumers: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        let parker = Arc::default();
                        let mut seen = Vec::new();
                        while let Ok(item) = queue.pop(&parker, None) {
                            seen.push(u32::from_ne_bytes(item.bytes.try_into().unwrap()));
                        }
                        // The values of each producer are in order.
                        for producer in 0..3 {
                            assert!(seen.iter().filter(|value| **value / EACH == producer).is_sorted());
                        }
                        seen
                    })
                })
                .collect();
            let producers: Vec<_> = (0..3)
                .map(|producer| {
                    scope.spawn(move || {
                        let parker = Arc::default();
                        for value in 0..EACH {
                            let value = producer * EACH + value;
                            queue.push(kind::BYTES, &value.to_ne_bytes(), &parker, None).unwrap();
                        }
                    })
                })
                .collect();
            producers.into_iter().for_each(|producer| producer.join().unwrap());
            queue.close();
            consumers
                .into_iter()
                .flat_map(|consumer| consumer.join().unwrap())
                .collect()
        });
        seen.sort_unstable();
        assert!(seen.into_iter().eq(0..3 * EACH));
    });
}
