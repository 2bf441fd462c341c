use std::sync::Arc;
use std::thread;

use super::*;
use crate::shared::{Memory, Parker};

fn ring(capacity: usize) -> SharedRing {
    SharedRing::new(Memory::zeroed(4 * HEADER + capacity), 0, Some(capacity)).unwrap()
}

#[test]
fn wraps_and_ends() {
    let ring = ring(8);
    let ring = ring.get();
    let mut into = [0; 6];
    for round in 0..20_u8 {
        assert_eq!(ring.try_write(&[round; 6]), Ok(6));
        assert_eq!(ring.try_write(&[round; 6]), Ok(2));
        assert_eq!(ring.try_write(&[round; 6]), Err(RingError::NotReady));
        assert_eq!((ring.try_read(&mut into), into), (Ok(6), [round; 6]));
        assert_eq!((ring.try_read(&mut into[..2]), into), (Ok(2), [round; 6]));
        assert_eq!(ring.try_read(&mut into), Err(RingError::NotReady));
    }
    assert_eq!(ring.try_write(b"rest"), Ok(4));
    ring.end();
    assert_eq!(ring.try_write(b"more"), Err(RingError::Ended));
    assert_eq!(ring.try_read(&mut into), Ok(4));
    assert_eq!(ring.try_read(&mut into), Ok(0));
}

#[test]
fn an_end_is_claimed_once_and_a_lost_one_is_told() {
    let ring = ring(8);
    let ring = ring.get();
    assert!(ring.claim(Side::In, 1) && ring.claim(Side::In, 1) && !ring.claim(Side::In, 2));
    ring.release(Side::In, 1);
    assert!(ring.claim(Side::In, 2) && ring.is_held_by(2) && !ring.is_held_by(1));
    assert_eq!(ring.try_write(b"last"), Ok(4));
    ring.abandon(2);
    let mut into = [0; 8];
    assert_eq!(ring.try_read(&mut into), Ok(4));
    assert_eq!(ring.try_read(&mut into), Err(RingError::Broken));
    ring.destroy();
    assert_eq!(ring.try_read(&mut into), Err(RingError::Destroyed));
}

#[test]
fn the_first_reason_stays_and_is_cut_between_characters() {
    let ring = ring(8);
    let ring = ring.get();
    assert_eq!(ring.reason(), None);
    ring.destroy_because(&"\u{e4}".repeat(200));
    assert_eq!(ring.reason().unwrap(), "\u{e4}".repeat(127));
    ring.destroy_because("another");
    assert_eq!(ring.reason().unwrap(), "\u{e4}".repeat(127));
    assert_eq!(ring.try_read(&mut [0]), Err(RingError::Destroyed));
}

#[test]
fn a_ring_is_destroyed_without_a_reason() {
    let ring = ring(8);
    let ring = ring.get();
    ring.destroy_because("");
    assert_eq!((ring.reason(), ring.try_write(b"x")), (None, Err(RingError::Destroyed)));
}

#[test]
fn stress_spsc() {
    const TOTAL: usize = 1 << 20;
    let ring = ring(64);
    let byte = |position: usize| (position * 7 / 3) as u8;
    thread::scope(|scope| {
        scope.spawn(|| {
            let (ring, parker) = (ring.get(), Arc::<Parker>::default());
            let mut written = 0;
            while written < TOTAL {
                let chunk: Vec<u8> = (written..TOTAL.min(written + 50)).map(byte).collect();
                match ring.try_write(&chunk) {
                    Ok(count) => written += count,
                    Err(error) => {
                        assert_eq!(error, RingError::NotReady);
                        let must_wait = || ring.must_wait(Side::In);
                        ring.signal(Side::In).wait(&parker, None, must_wait, || {}).unwrap();
                    }
                }
            }
            ring.end();
        });
        let (ring, parker) = (ring.get(), Arc::<Parker>::default());
        let mut read = 0;
        let mut into = [0; 37];
        loop {
            match ring.try_read(&mut into) {
                Ok(0) => break,
                Ok(count) => {
                    assert!(
                        into[..count]
                            .iter()
                            .enumerate()
                            .all(|(index, value)| *value == byte(read + index))
                    );
                    read += count;
                }
                Err(error) => {
                    assert_eq!(error, RingError::NotReady);
                    let must_wait = || ring.must_wait(Side::Out);
                    ring.signal(Side::Out).wait(&parker, None, must_wait, || {}).unwrap();
                }
            }
        }
        assert_eq!(read, TOTAL);
    });
}
