use loom::sync::Arc;
use loom::sync::atomic::Ordering::Acquire;
use loom::thread;

use super::{BARGING, Shared, UNBOUNDED, model};
use crate::shared::{Latch, Parker};

impl Shared<3> {
    fn latch(&self) -> Latch<'_> {
        Latch::new(&self.words, &self.lot)
    }
}

fn wait(latch: &Latch) {
    latch.wait(&Arc::new(Parker::default()), None).unwrap();
}

#[test]
fn loom_latch_opens_with_the_last_count() {
    model(UNBOUNDED, || {
        let shared = Shared::<3>::new(BARGING);
        assert!(shared.latch().set_up(2));
        let other = {
            let shared = shared.clone();
            thread::spawn(move || {
                assert!(shared.latch().set_up(2));
                shared.latch().count_down(1);
                wait(&shared.latch());
                assert_eq!(shared.latch().count(), 0);
            })
        };
        shared.latch().count_down(1);
        wait(&shared.latch());
        other.join().unwrap();
        assert_eq!(shared.words[2].load(Acquire), 0);
    });
}

#[test]
fn loom_latch_two_waiters_and_more_counts_than_there_are() {
    model(Some(2), || {
        let shared = Shared::<3>::new(BARGING);
        shared.latch().set_up(3);
        let others = [0, 1].map(|_| {
            let shared = shared.clone();
            thread::spawn(move || {
                shared.latch().count_down(2);
                wait(&shared.latch());
            })
        });
        wait(&shared.latch());
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(shared.words[1].load(Acquire), 3);
    });
}
