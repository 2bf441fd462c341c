use loom::sync::Arc;
use loom::sync::atomic::AtomicU8;
use loom::thread;

use super::{BARGING, Shared, model};
use crate::shared::Parker;
use crate::shared::queue::Side;
use crate::shared::ring::{Ring, RingError};

const WRITER: u32 = 1;
const READER: u32 = 2;

struct Model {
    shared: Arc<Shared<8>>,
    bytes: Arc<[AtomicU8; 2]>,
}

impl Model {
    fn new() -> Self {
        let shared = Shared::new(BARGING);
        assert_eq!(Ring::make(&shared.words, 2), Some(2));
        Self {
            shared,
            bytes: Arc::new(std::array::from_fn(|_| AtomicU8::new(0))),
        }
    }

    fn ring(&self) -> Ring<'_> {
        Ring::new(&self.shared.words, &self.bytes[..], &self.shared.lot)
    }

    fn wait(&self, side: Side) {
        let parker = Arc::new(Parker::default());
        let ring = self.ring();
        ring.signal(side)
            .wait(&parker, None, || ring.must_wait(side), || {})
            .unwrap();
    }

    fn write(&self, mut from: &[u8]) -> Result<(), RingError> {
        while !from.is_empty() {
            match self.ring().try_write(from) {
                Ok(count) => from = &from[count..],
                Err(RingError::NotReady) => self.wait(Side::In),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn read_all(&self) -> (Vec<u8>, Option<RingError>) {
        let mut all = Vec::new();
        loop {
            let mut into = [0; 2];
            match self.ring().try_read(&mut into) {
                Ok(0) => return (all, None),
                Ok(count) => all.extend(&into[..count]),
                Err(RingError::NotReady) => self.wait(Side::Out),
                Err(error) => return (all, Some(error)),
            }
        }
    }

    fn spawn<T: 'static>(&self, run: impl FnOnce(Self) -> T + 'static) -> thread::JoinHandle<T> {
        let model = Self {
            shared: self.shared.clone(),
            bytes: self.bytes.clone(),
        };
        thread::spawn(move || run(model))
    }
}

#[test]
fn loom_ring_all_bytes_in_order_and_then_the_end() {
    model(Some(3), || {
        let model = Model::new();
        let writer = model.spawn(|model| {
            model.write(&[1, 2, 3]).unwrap();
            model.ring().end();
        });
        assert_eq!(model.read_all(), (vec![1, 2, 3], None));
        writer.join().unwrap();
    });
}

#[test]
fn loom_ring_a_writer_that_dies_leaves_what_it_wrote_and_an_error() {
    model(Some(3), || {
        let model = Model::new();
        let writer = model.spawn(|model| {
            assert!(model.ring().claim(Side::In, WRITER));
            model.write(&[1]).unwrap();
            model.ring().abandon(WRITER);
        });
        assert_eq!(model.read_all(), (vec![1], Some(RingError::Broken)));
        writer.join().unwrap();
    });
}

#[test]
fn loom_ring_a_reader_that_dies_wakes_the_writer() {
    model(Some(3), || {
        let model = Model::new();
        let reader = model.spawn(|model| {
            assert!(model.ring().claim(Side::Out, READER));
            model.ring().abandon(READER);
        });
        assert_eq!(model.write(&[1, 2, 3]), Err(RingError::Broken));
        reader.join().unwrap();
    });
}

#[test]
fn loom_ring_destroyed_wakes_both_sides() {
    model(Some(2), || {
        let model = Model::new();
        let writer = model.spawn(|model| model.write(&[1, 2, 3]));
        let destroyer = model.spawn(|model| model.ring().destroy());
        let (_, error) = model.read_all();
        assert_eq!(error, Some(RingError::Destroyed));
        destroyer.join().unwrap();
        let written = writer.join().unwrap();
        assert!(matches!(written, Ok(()) | Err(RingError::Destroyed)));
    });
}

#[test]
fn loom_ring_an_end_is_claimed_by_one() {
    model(None, || {
        let model = Model::new();
        let other = model.spawn(|model| model.ring().claim(Side::In, 2));
        let is_mine = model.ring().claim(Side::In, 1);
        assert_ne!(is_mine, other.join().unwrap());
    });
}
