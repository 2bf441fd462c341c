use std::collections::VecDeque;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex};
use std::thread;

use proptest::prelude::*;

use super::guard::Take;
use crate::shared::{COUNT, Lock, LockKind, Memory, ParkingLot, Semaphore, SharedLock, WaiterId, cancel, take_async};

#[test]
fn stress_never_more_at_once_than_there_are_permits() {
    const PERMITS: u32 = 3;
    let semaphore = SharedLock::new(Memory::zeroed(8), 0, LockKind::Semaphore).unwrap();
    semaphore.with(|lock| lock.release(PERMITS, 0, false));
    let used = AtomicU32::new(0);
    thread::scope(|scope| {
        for count in [1, 1, 2, 3] {
            let (semaphore, used) = (&semaphore, &used);
            scope.spawn(move || {
                for _ in 0..5_000 {
                    let _permits = semaphore.take(count, None);
                    assert!(used.fetch_add(count, SeqCst) + count <= PERMITS);
                    used.fetch_sub(count, SeqCst);
                }
            });
        }
    });
    semaphore.with(|lock| {
        assert!(lock.try_take(PERMITS + 1, 0).is_none());
        assert!(lock.try_take(PERMITS, 0).is_some());
    });
}

#[derive(Debug, Clone)]
enum Step {
    Take(u32),
    TryTake(u32),
    Release(u32, bool),
    /// Cancels one of the waiters.
    Cancel(prop::sample::Index),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (1..5u32).prop_map(Step::Take),
        1 => (1..5u32).prop_map(Step::TryTake),
        3 => (1..5u32, prop::bool::weighted(0.2)).prop_map(|(count, dies)| Step::Release(count, dies)),
        1 => Just(Step::Release(COUNT, false)),
        1 => any::<prop::sample::Index>().prop_map(Step::Cancel),
    ];
    prop::collection::vec(step, 0..60)
}

/// The simplest implementation of a semaphore, as a reference.
#[derive(Default)]
struct Model {
    left: u32,
    is_poisoned: bool,
    waiting: VecDeque<(u32, u32)>,
    granted: Vec<(u32, bool)>,
}

impl Model {
    fn take(&mut self, number: u32, count: u32) {
        self.waiting.push_back((number, count));
        self.let_in();
    }

    fn let_in(&mut self) {
        while let Some(&(number, count)) = self.waiting.front().filter(|(_, count)| *count <= self.left) {
            self.waiting.pop_front();
            self.left -= count;
            self.granted.push((number, std::mem::take(&mut self.is_poisoned)));
        }
    }
}

proptest! {
    #[test]
    fn permits_are_given_as_a_queue_would(steps in steps()) {
        let word = AtomicU32::new(0);
        let lot = ParkingLot::for_test(true);
        let semaphore = Semaphore::new(&word, &lot);
        let granted = Arc::new(Mutex::new(Vec::new()));
        let mut model = Model::default();
        let mut waiting: VecDeque<(u32, WaiterId)> = VecDeque::new();
        for (number, step) in (0..).zip(steps) {
            match step {
                Step::Take(count) => {
                    let later = granted.clone();
                    let grant = move |taken: crate::shared::Taken| later.lock().unwrap().push((number, taken.is_poisoned));
                    match take_async(&semaphore, count, 0, grant) {
                        Ok(taken) => granted.lock().unwrap().push((number, taken.is_poisoned)),
                        Err(id) => waiting.push_back((number, id)),
                    }
                    model.take(number, count);
                }
                Step::TryTake(count) => {
                    let taken = semaphore.try_take(count, 0);
                    prop_assert_eq!(taken.is_some(), model.waiting.is_empty() && count <= model.left);
                    if let Some(taken) = taken {
                        granted.lock().unwrap().push((number, taken.is_poisoned));
                        model.take(number, count);
                    }
                }
                Step::Release(count, dies) => {
                    semaphore.release(count, 0, dies);
                    model.left = (model.left + count).min(COUNT);
                    model.is_poisoned |= dies;
                    model.let_in();
                }
                Step::Cancel(index) => {
                    let of_model: Vec<_> = model.waiting.iter().map(|(number, _)| *number).collect();
                    if !of_model.is_empty() {
                        let number = *index.get(&of_model);
                        let &(_, id) = waiting.iter().find(|(waiter, _)| *waiter == number).unwrap();
                        prop_assert!(cancel(&semaphore, id));
                        prop_assert!(!cancel(&semaphore, id));
                        model.waiting.retain(|(waiter, _)| *waiter != number);
                        model.let_in();
                    }
                }
            }
            prop_assert_eq!(&*granted.lock().unwrap(), &model.granted);
            prop_assert_eq!(word.load(SeqCst) & COUNT, model.left);
        }
    }
}
