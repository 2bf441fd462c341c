use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use super::{BARGING, Shared, UNBOUNDED, model};
use crate::shared::{Arrived, Barrier, Members, Parker, Passage};

/// A barrier, and notes that each party writes before the barrier and the others read after it.
struct Setup {
    shared: Arc<Shared<2>>,
    members: Members,
    notes: [UnsafeCell<u32>; 3],
}

// SAFETY: each note has one writer at a time and is read after the barrier, which is what the models check.
unsafe impl Sync for Setup {}
// SAFETY: plain numbers.
unsafe impl Send for Setup {}

impl Setup {
    fn new(parties: u32) -> Arc<Self> {
        let shared = Shared::new(BARGING);
        let setup = Arc::new(Self {
            shared,
            members: Members::default(),
            notes: std::array::from_fn(|_| UnsafeCell::new(0)),
        });
        assert!(setup.barrier().set_up(parties));
        setup
    }

    fn barrier(&self) -> Barrier<'_> {
        Barrier::new(&self.shared.words, &self.members, &self.shared.lot)
    }

    fn wait(&self) -> Passage {
        self.wait_as(1)
    }

    fn wait_as(&self, thread: u32) -> Passage {
        self.barrier().wait(thread, &Arc::new(Parker::default()), None)
    }

    fn write(&self, party: usize, value: u32) {
        // SAFETY: loom checks for concurrent accesses.
        self.notes[party].with_mut(|note| unsafe { *note = value });
    }

    fn read(&self, party: usize) -> u32 {
        // SAFETY: loom checks for concurrent writes.
        self.notes[party].with(|note| unsafe { *note })
    }

    /// Returns 1 if this party was the last one, otherwise 0.
    fn round(&self, party: usize, parties: usize, value: u32) -> u32 {
        self.write(party, value);
        let passage = self.wait();
        assert!(matches!(passage, Passage::Passed | Passage::Last));
        (0..parties).for_each(|other| assert_eq!(self.read(other), value));
        u32::from(passage == Passage::Last)
    }
}

fn all_see_what_all_wrote(parties: usize, rounds: u32, preemptions: Option<usize>) {
    model(preemptions, move || {
        let setup = Setup::new(parties as u32);
        let run = move |setup: &Setup, party| {
            (1..=rounds)
                .map(|round| {
                    let last = setup.round(party, parties, round);
                    // The second wait keeps parties from writing before all have read.
                    (last, setup.wait())
                })
                .map(|(last, passage)| last + 100 * u32::from(passage == Passage::Last))
                .sum::<u32>()
        };
        let others: Vec<_> = (1..parties)
            .map(|party| {
                let setup = setup.clone();
                thread::spawn(move || run(&setup, party))
            })
            .collect();
        let mut last = run(&setup, 0);
        others.into_iter().for_each(|other| last += other.join().unwrap());
        assert_eq!(last, 101 * rounds);
        assert!(!setup.barrier().is_broken());
    });
}

#[test]
fn loom_barrier_two_parties_over_and_over() {
    all_see_what_all_wrote(2, 2, Some(3));
}

#[test]
fn loom_barrier_three_parties() {
    all_see_what_all_wrote(3, 1, Some(2));
}

#[test]
fn loom_barrier_an_interrupted_party_breaks_it_or_has_passed() {
    model(Some(3), || {
        let setup = Setup::new(2);
        let parker = Arc::new(Parker::default());
        let dying = {
            let (setup, parker) = (setup.clone(), parker.clone());
            thread::spawn(move || setup.barrier().wait(2, &parker, None))
        };
        let other = {
            let setup = setup.clone();
            thread::spawn(move || setup.wait())
        };
        parker.interrupt();
        let (dying, other) = (dying.join().unwrap(), other.join().unwrap());
        match other {
            Passage::Passed => assert_eq!(dying, Passage::Last),
            Passage::Last => assert!(matches!(dying, Passage::Passed | Passage::Interrupted)),
            Passage::Broken => assert_eq!(dying, Passage::Interrupted),
            Passage::TimedOut | Passage::Interrupted => unreachable!(),
        }
        assert_eq!(setup.barrier().is_broken(), other == Passage::Broken);
    });
}

#[test]
fn loom_barrier_waiters_see_it_broken_when_a_party_leaves() {
    model(Some(2), || {
        let setup = Setup::new(3);
        let parker = Arc::new(Parker::default());
        let dying = {
            let (setup, parker) = (setup.clone(), parker.clone());
            thread::spawn(move || setup.barrier().wait(2, &parker, None))
        };
        let other = {
            let setup = setup.clone();
            thread::spawn(move || setup.wait())
        };
        parker.interrupt();
        assert_eq!(dying.join().unwrap(), Passage::Interrupted);
        assert_eq!(other.join().unwrap(), Passage::Broken);
        assert!(setup.barrier().is_broken());
    });
}

#[test]
fn loom_barrier_a_party_that_times_out_breaks_it_or_has_passed() {
    model(UNBOUNDED, || {
        let setup = Setup::new(2);
        let other = {
            let setup = setup.clone();
            thread::spawn(move || {
                let now = std::time::Instant::now();
                setup.barrier().wait(1, &Arc::new(Parker::default()), Some(now))
            })
        };
        let now = std::time::Instant::now();
        let own = setup.barrier().wait(1, &Arc::new(Parker::default()), Some(now));
        let ended = [own, other.join().unwrap()];
        let has_passed = ended.contains(&Passage::Passed);
        assert_eq!(has_passed, ended.contains(&Passage::Last));
        assert_eq!(has_passed, !ended.contains(&Passage::TimedOut));
        assert_eq!(has_passed, !setup.barrier().is_broken());
    });
}

#[test]
fn loom_barrier_a_task_that_leaves_breaks_it_once() {
    model(UNBOUNDED, || {
        let setup = Setup::new(2);
        let ended = Arc::new(loom::sync::Mutex::new(None));
        let on_end = {
            let ended = ended.clone();
            move |passage| *ended.lock().unwrap() = Some(passage)
        };
        let Arrived::Waits(id) = setup.barrier().arrive_async(1, on_end) else {
            unreachable!()
        };
        let other = {
            let setup = setup.clone();
            thread::spawn(move || setup.wait())
        };
        let has_left = setup.barrier().leave(id);
        let other = other.join().unwrap();
        assert_eq!(other, if has_left { Passage::Broken } else { Passage::Last });
        let told = if has_left { None } else { Some(Passage::Passed) };
        assert_eq!(*ended.lock().unwrap(), told);
    });
}

#[test]
fn loom_barrier_waiters_see_it_broken_at_a_reset() {
    model(Some(3), || {
        let setup = Setup::new(2);
        let pass = |setup: &Setup| {
            let mut broken = 0;
            loop {
                match setup.wait() {
                    Passage::Broken => broken += 1,
                    passage => return (broken, u32::from(passage == Passage::Last)),
                }
            }
        };
        let other = {
            let setup = setup.clone();
            thread::spawn(move || pass(&setup))
        };
        let resetting = {
            let setup = setup.clone();
            thread::spawn(move || setup.barrier().reset())
        };
        let (own, other) = (pass(&setup), other.join().unwrap());
        resetting.join().unwrap();
        assert!(own.0 + other.0 <= 1);
        assert_eq!(own.1 + other.1, 1);
        assert!(!setup.barrier().is_broken());
    });
}

#[test]
fn loom_barrier_a_party_that_ends_between_two_rounds_breaks_it() {
    model(Some(3), || {
        let setup = Setup::new(2);
        let dying = {
            let setup = setup.clone();
            thread::spawn(move || {
                setup.wait_as(2);
                setup.barrier().bury(2);
            })
        };
        assert!(matches!(setup.wait(), Passage::Passed | Passage::Last));
        // This party sees it broken, whether it arrives before that end or after.
        assert_eq!(setup.wait(), Passage::Broken);
        dying.join().unwrap();
        assert_eq!(setup.wait(), Passage::Broken);
        setup.barrier().bury(1);
        // It stays broken, because this party has seen it.
        assert!(setup.barrier().is_broken());
    });
}

#[test]
fn loom_barrier_a_party_that_has_left_breaks_nothing() {
    model(Some(3), || {
        let setup = Setup::new(2);
        let leaving = {
            let setup = setup.clone();
            thread::spawn(move || {
                setup.wait_as(2);
                setup.barrier().forget(2);
                setup.barrier().bury(2);
            })
        };
        setup.wait();
        let next = {
            let setup = setup.clone();
            thread::spawn(move || setup.wait_as(3))
        };
        let passages = [setup.wait(), next.join().unwrap()];
        assert!(passages.contains(&Passage::Passed) && passages.contains(&Passage::Last));
        leaving.join().unwrap();
        assert!(!setup.barrier().is_broken());
    });
}

#[test]
fn loom_barrier_is_as_new_when_all_parties_have_ended() {
    model(Some(3), || {
        let setup = Setup::new(2);
        let round = |setup: &Setup, thread| {
            assert!(matches!(setup.wait_as(thread), Passage::Passed | Passage::Last));
            setup.barrier().bury(thread);
        };
        let other = {
            let setup = setup.clone();
            thread::spawn(move || round(&setup, 2))
        };
        round(&setup, 1);
        other.join().unwrap();
        assert!(!setup.barrier().is_broken());
    });
}

#[test]
fn loom_barrier_a_replaced_thread_breaks_nothing() {
    model(Some(2), || {
        let setup = Setup::new(1);
        assert_eq!(setup.wait_as(1), Passage::Last);
        let other = {
            let setup = setup.clone();
            thread::spawn(move || setup.wait_as(2))
        };
        setup.barrier().bury(1);
        assert_eq!(other.join().unwrap(), Passage::Last);
        assert_eq!(setup.wait_as(2), Passage::Last);
        assert!(!setup.barrier().is_broken());
    });
}
