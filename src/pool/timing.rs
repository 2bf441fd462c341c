//! How long tasks waited and ran.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Over all tasks since the pool began.
#[derive(Clone)]
pub struct Timing {
    /// From submission to being taken, in nanoseconds.
    pub wait: Histogram<u64>,
    /// From being taken to completion, in nanoseconds.
    pub run: Histogram<u64>,
    pub total_run: Duration,
}

impl Timing {
    pub(super) fn new() -> Self {
        // Three significant digits; it grows with the largest value.
        let histogram = Histogram::new(3).expect("three digits are supported");
        Self {
            wait: histogram.clone(),
            run: histogram,
            total_run: Duration::ZERO,
        }
    }

    pub(super) fn add_wait(&mut self, wait: Duration) {
        record(&mut self.wait, wait);
    }

    pub(super) fn add_run(&mut self, run: Duration) {
        record(&mut self.run, run);
        self.total_run += run;
    }
}

fn record(histogram: &mut Histogram<u64>, duration: Duration) {
    let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    // `saturating_record()` would prevent it from growing.
    histogram.record(nanoseconds).expect("it grows to any value");
}
