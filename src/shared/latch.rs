//! A latch: threads count a number down once, and others wait until it is 0. Three words: the initial number
//! plus 1, or 0 while it is not set; how far it has been counted down; a [`Signal`].

use std::time::Instant;

use super::lock::NotTaken;
use super::parker::Parker;
use super::parking_lot::ParkingLot;
use super::signal::Signal;
use super::sync::Arc;
use super::sync::atomic::AtomicU32;
use super::sync::atomic::Ordering::{AcqRel, Acquire};

pub struct Latch<'a> {
    total: &'a AtomicU32,
    counted: &'a AtomicU32,
    signal: Signal<'a>,
}

impl<'a> Latch<'a> {
    pub fn new([total, counted, signal]: &'a [AtomicU32; 3], lot: &'a ParkingLot) -> Self {
        Self {
            total,
            counted,
            signal: Signal::new(signal, lot),
        }
    }

    /// Sets the initial number, as JavaScript does. False when another number was set before.
    #[cfg(all(test, loom))]
    pub fn set_up(&self, total: u32) -> bool {
        match self.total.compare_exchange(0, total + 1, AcqRel, Acquire) {
            Ok(_) => true,
            Err(seen) => seen == total + 1,
        }
    }

    /// The number that is left.
    pub fn count(&self) -> u32 {
        let total = self.total.load(Acquire).saturating_sub(1);
        total.saturating_sub(self.counted.load(Acquire))
    }

    pub fn is_open(&self) -> bool {
        self.count() == 0
    }

    /// Counts down by `n`, but not below 0. Never blocks.
    pub fn count_down(&self, n: u32) {
        let total = self.total.load(Acquire).saturating_sub(1);
        let mut seen = self.counted.load(Acquire);
        while seen < total {
            let new = seen.saturating_add(n).min(total);
            match self.counted.compare_exchange(seen, new, AcqRel, Acquire) {
                Ok(_) if new == total => return self.signal.notify_all(),
                Ok(_) => return,
                Err(now) => seen = now,
            }
        }
    }

    /// Blocks until the number is 0.
    pub fn wait(&self, parker: &Arc<Parker>, deadline: Option<Instant>) -> Result<(), NotTaken> {
        while !self.is_open() {
            self.signal.wait(parker, deadline, || !self.is_open(), || {})?;
        }
        Ok(())
    }
}
