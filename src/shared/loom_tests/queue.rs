use loom::sync::Arc;
use loom::thread;

use super::{BARGING, Shared, model};
use crate::shared::Parker;
use crate::shared::queue::{Item, PopError, PushError, Queue, Shape, Side, kind};

/// A header of five words, and slots of three.
const fn words(capacity: usize) -> usize {
    5 + 3 * capacity
}

struct Model<const WORDS: usize>(Arc<Shared<WORDS>>, Shape);

impl<const WORDS: usize> Clone for Model<WORDS> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), self.1)
    }
}

impl<const WORDS: usize> Model<WORDS> {
    fn new(capacity: usize) -> Self {
        let shape = Shape::new(capacity, 1, false).unwrap();
        assert_eq!(shape.words(), Some(WORDS));
        let shared = Shared::new(BARGING);
        assert_eq!(Queue::make(&shared.words, shape), Some(shape));
        Self(shared, shape)
    }

    fn queue(&self) -> Queue<'_> {
        Queue::new(&self.0.words, self.1, &self.0.lot)
    }

    fn push(&self, value: u32) -> Result<(), PushError> {
        let parker = Arc::new(Parker::default());
        self.queue().push(kind::BYTES, &value.to_ne_bytes(), &parker, None)
    }

    fn pop(&self) -> Result<u32, PopError> {
        let parker = Arc::new(Parker::default());
        self.queue().pop(&parker, None).map(value_of)
    }

    fn spawn<T: 'static>(&self, run: impl FnOnce(Self) -> T + 'static) -> thread::JoinHandle<T> {
        let model = self.clone();
        thread::spawn(move || run(model))
    }
}

fn value_of(item: Item) -> u32 {
    assert_eq!(item.kind, kind::BYTES);
    u32::from_ne_bytes(item.bytes.try_into().unwrap())
}

#[test]
fn loom_queue_one_producer_one_consumer_in_order_through_a_full_queue() {
    model(Some(3), || {
        let model = Model::<{ words(1) }>::new(1);
        let producer = model.spawn(|model| (1..=3).for_each(|value| model.push(value).unwrap()));
        (1..=3).for_each(|value| assert_eq!(model.pop(), Ok(value)));
        producer.join().unwrap();
    });
}

#[test]
fn loom_queue_two_producers_lose_nothing_and_keep_their_order() {
    model(Some(2), || {
        let model = Model::<{ words(2) }>::new(2);
        let first = model.spawn(|model| {
            model.push(10).unwrap();
            model.push(11).unwrap();
        });
        let second = model.spawn(|model| model.push(20).unwrap());
        let mut popped: Vec<u32> = (0..3).map(|_| model.pop().unwrap()).collect();
        assert!(popped.iter().filter(|value| **value < 20).is_sorted());
        popped.sort_unstable();
        assert_eq!(popped, [10, 11, 20]);
        [first, second]
            .into_iter()
            .for_each(|producer| producer.join().unwrap());
    });
}

/// Each of the four threads makes one call, so that no later call wakes a forgotten waiter. The main thread is
/// a consumer and sleeps before the others run. This leaves preemptions for the critical moment, a producer
/// between its claim and its value.
fn two_and_two<const WORDS: usize>(capacity: usize, preemptions: usize) {
    model(Some(preemptions), move || {
        let model = Model::<WORDS>::new(capacity);
        let consumer = model.spawn(|model| model.pop().unwrap());
        let producers = [1, 2].map(|value| model.spawn(move |model| model.push(value).unwrap()));
        let sum = model.pop().unwrap() + consumer.join().unwrap();
        producers.into_iter().for_each(|producer| producer.join().unwrap());
        assert_eq!(sum, 3);
        assert!(model.queue().is_empty());
    });
}

#[test]
fn loom_queue_two_producers_and_two_consumers_that_all_sleep_are_all_woken() {
    two_and_two::<{ words(2) }>(2, 1);
}

#[test]
fn loom_queue_two_producers_and_two_consumers_at_one_slot() {
    two_and_two::<{ words(1) }>(1, 1);
}

#[test]
fn loom_queue_producers_that_wait_for_space_are_all_woken() {
    model(Some(1), || {
        let model = Model::<{ words(2) }>::new(2);
        model.push(1).unwrap();
        model.push(2).unwrap();
        let producer = model.spawn(|model| model.push(3).unwrap());
        let consumers = [(); 2].map(|()| model.spawn(|model| model.pop().unwrap()));
        model.push(4).unwrap();
        producer.join().unwrap();
        let mut popped: Vec<u32> = consumers.into_iter().map(|consumer| consumer.join().unwrap()).collect();
        popped.extend([model.pop().unwrap(), model.pop().unwrap()]);
        popped.sort_unstable();
        assert_eq!(popped, [1, 2, 3, 4]);
    });
}

#[test]
fn loom_queue_values_pushed_before_the_close_are_popped_and_then_it_ends() {
    model(Some(3), || {
        let model = Model::<{ words(2) }>::new(2);
        let producer = model.spawn(|model| match model.push(1) {
            Ok(()) => true,
            Err(error) => {
                assert_eq!(error, PushError::Closed);
                false
            }
        });
        let closer = model.spawn(|model| model.queue().close());
        let popped = model.pop();
        let is_pushed = producer.join().unwrap();
        closer.join().unwrap();
        assert_eq!(popped, if is_pushed { Ok(1) } else { Err(PopError::Closed) });
        assert_eq!(model.pop(), Err(PopError::Closed));
    });
}

#[test]
fn loom_queue_close_wakes_waiters_for_space() {
    model(Some(3), || {
        let model = Model::<{ words(1) }>::new(1);
        model.push(1).unwrap();
        let producer = model.spawn(|model| model.push(2));
        model.queue().close();
        assert_eq!(producer.join().unwrap(), Err(PushError::Closed));
        assert_eq!(model.pop(), Ok(1));
        assert_eq!(model.pop(), Err(PopError::Closed));
    });
}

#[test]
fn loom_queue_is_made_once() {
    model(None, || {
        let shared = Shared::<{ words(2) }>::new(BARGING);
        let shapes = [Shape::new(1, 1, false).unwrap(), Shape::new(2, 1, false).unwrap()];
        let other = {
            let shared = shared.clone();
            thread::spawn(move || Queue::make(&shared.words, shapes[1]).unwrap())
        };
        let mine = Queue::make(&shared.words, shapes[0]).unwrap();
        assert_eq!(mine, other.join().unwrap());
    });
}

#[test]
fn loom_queue_positions_wrap() {
    model(Some(3), || {
        for capacity in [1_usize, 2] {
            let last = (1_u32 << 31) - 1;
            let lap = last >> capacity.ilog2();
            let model = Model::<{ words(2) }>(Shared::new(BARGING), Shape::new(capacity, 1, false).unwrap());
            Queue::make(&model.0.words, model.1);
            // The state after as many pushes and pops.
            model.0.words[1].store(last << 1, loom::sync::atomic::Ordering::SeqCst);
            model.0.words[2].store(last, loom::sync::atomic::Ordering::SeqCst);
            for slot in 0..capacity {
                let next_lap = if slot == capacity - 1 { lap } else { 0 };
                model.0.words[5 + 3 * slot].store(next_lap << 1, loom::sync::atomic::Ordering::SeqCst);
            }
            let producer = model.spawn(|model| (1..=2).for_each(|value| model.push(value).unwrap()));
            (1..=2).for_each(|value| assert_eq!(model.pop(), Ok(value)));
            producer.join().unwrap();
            assert!(!model.queue().must_wait(Side::In));
            assert!(model.queue().must_wait(Side::Out));
        }
    });
}
