//! Progress reports and the check whether a task must stop.

use std::cell::Cell;
use std::ops::Range;

use isothreads::{Result, Task};
use serde::Serialize;

/// The receiver of a task's progress, which can also stop the task.
pub trait Observer {
    /// Returns an error once the task must stop.
    fn check(&self) -> Result<()>;

    fn report(&self, progress: Progress) -> Result<()>;
}

/// The argument of `onProgress`.
#[derive(Serialize, Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    pub step: &'static str,
    /// The finished part of the whole task, 0 to 1.
    pub fraction: f64,
}

impl Observer for Task {
    fn check(&self) -> Result<()> {
        Task::check(self)
    }

    fn report(&self, progress: Progress) -> Result<()> {
        Task::report(self, progress)
    }
}

/// A step of a task, and the range of the task's fraction that it covers.
pub struct Step<'a> {
    observer: &'a dyn Observer,
    name: &'static str,
    part: Range<f64>,
    reported: Cell<f64>,
}

/// Smaller progress is not reported.
const SMALLEST_REPORT: f64 = 0.01;

impl<'a> Step<'a> {
    pub fn new(observer: &'a dyn Observer, name: &'static str, part: Range<f64>) -> Self {
        let reported = Cell::new(part.start);
        Self {
            observer,
            name,
            part,
            reported,
        }
    }

    /// The only step of a task.
    pub fn only(observer: &'a dyn Observer, name: &'static str) -> Self {
        Self::new(observer, name, 0.0..1.0)
    }

    /// A step that checks but reports nothing, for small parts of the work.
    pub fn quiet(&self) -> Self {
        Self::new(self.observer, self.name, 0.0..0.0)
    }

    /// Returns an error once the task must stop.
    pub fn check(&self) -> Result<()> {
        self.observer.check()
    }

    /// Records that `done` of `of` units of the step are done, and reports it if the progress is large enough.
    /// Returns an error once the task must stop.
    pub fn reached(&self, done: usize, of: usize) -> Result<()> {
        self.check()?;
        let fraction = self.part.start + (self.part.end - self.part.start) * (done as f64 / of.max(1) as f64);
        let more = fraction - self.reported.get();
        // The end is always reported.
        if more <= 0.0 || more < SMALLEST_REPORT && done < of {
            return Ok(());
        }
        self.reported.set(fraction);
        self.report(fraction)
    }

    /// Records that the step is complete.
    pub fn done(self) -> Result<()> {
        self.reached(1, 1)
    }

    fn report(&self, fraction: f64) -> Result<()> {
        self.observer.report(Progress {
            step: self.name,
            fraction,
        })
    }
}

/// Observers for tests.
#[cfg(test)]
pub mod testing {
    use std::cell::{Cell, RefCell};

    use isothreads::{Error, Result};

    use super::{Observer, Progress};

    /// Never stops a task.
    pub struct Nobody;

    impl Observer for Nobody {
        fn check(&self) -> Result<()> {
            Ok(())
        }

        fn report(&self, _: Progress) -> Result<()> {
            Ok(())
        }
    }

    /// Records the reports, and stops the task after a number of checks.
    pub struct Witness {
        checks_left: Cell<usize>,
        reports: RefCell<Vec<Progress>>,
    }

    impl Witness {
        pub fn new() -> Self {
            Self::ending_after(usize::MAX)
        }

        pub fn ending_after(checks: usize) -> Self {
            Self {
                checks_left: Cell::new(checks),
                reports: RefCell::default(),
            }
        }

        pub fn reports(&self) -> Vec<Progress> {
            self.reports.borrow().clone()
        }

        pub fn checks(&self) -> usize {
            usize::MAX - self.checks_left.get()
        }
    }

    impl Observer for Witness {
        fn check(&self) -> Result<()> {
            match self.checks_left.get().checked_sub(1) {
                Some(left) => {
                    self.checks_left.set(left);
                    Ok(())
                }
                None => Err(Error::terminated()),
            }
        }

        fn report(&self, progress: Progress) -> Result<()> {
            self.reports.borrow_mut().push(progress);
            Ok(())
        }
    }

    /// Runs the task once to count its checks, then stops it at each of them (at no more than 50 of them).
    pub fn ends_at_every_check<T>(run: impl Fn(&dyn Observer) -> Result<T>) {
        let witness = Witness::new();
        assert!(run(&witness).is_ok());
        let checks = witness.checks();
        assert!(checks > 0);
        for place in (0..checks).step_by(checks.div_ceil(50)) {
            match run(&Witness::ending_after(place)) {
                Ok(_) => panic!("went on after check {place}"),
                Err(error) => assert_eq!(error.code(), "ABORT_ERR"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::Witness;
    use super::*;

    #[test]
    fn reports_the_end_once() {
        let witness = Witness::new();
        let step = Step::only(&witness, "sort");
        step.reached(995, 1000).unwrap();
        step.reached(1000, 1000).unwrap();
        step.done().unwrap();
        let reports = witness.reports();
        let fractions: Vec<f64> = reports.iter().map(|report| report.fraction).collect();
        assert_eq!(fractions, [0.995, 1.0]);
    }

    #[test]
    fn reports_what_is_worth_it() {
        let witness = Witness::new();
        let step = Step::new(&witness, "sort", 0.5..1.0);
        for done in 0..=1000 {
            step.reached(done, 1000).unwrap();
        }
        step.done().unwrap();
        let reports = witness.reports();
        assert!(reports.len() <= 51, "{}", reports.len());
        assert!(reports.is_sorted_by(|a, b| a.fraction < b.fraction || b.fraction == 1.0));
        assert_eq!(
            reports.last(),
            Some(&Progress {
                step: "sort",
                fraction: 1.0
            })
        );
    }
}
