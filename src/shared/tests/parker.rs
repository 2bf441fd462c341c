use std::time::{Duration, Instant};

use crate::shared::parker::{Parked, Parker, Wake};

fn soon() -> Option<Instant> {
    Some(Instant::now() + Duration::from_millis(1))
}

#[test]
fn a_nudge_ends_one_sleep() {
    let parker = Parker::default();
    parker.nudge();
    assert_eq!(parker.park(None), Parked::TimedOut);
    let start = Instant::now();
    assert_eq!(parker.park(soon()), Parked::TimedOut);
    assert!(start.elapsed() >= Duration::from_millis(1));
}

#[test]
fn a_wake_up_comes_before_a_nudge() {
    let parker = Parker::default();
    parker.nudge();
    parker.wake(Wake::Retry);
    assert_eq!(parker.park(None), Parked::Woken(Wake::Retry));
    assert_eq!(parker.park(None), Parked::TimedOut);
}

#[test]
fn a_nudge_ends_the_sleep_of_another_thread() {
    let parker = Parker::default();
    std::thread::scope(|scope| {
        let sleeper = scope.spawn(|| parker.park(None));
        parker.nudge();
        assert_eq!(sleeper.join().unwrap(), Parked::TimedOut);
    });
}
