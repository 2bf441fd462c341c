//! The compare-and-exchange loops in every interleaving.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, Ordering::Relaxed};
use loom::thread;

use super::element::{add_many, update};

#[test]
fn loom_updates_of_one_cell_are_all_there() {
    loom::model(|| {
        let cell = Arc::new(AtomicU64::new(1));
        let other = cell.clone();
        let doubling = thread::spawn(move || update(&*other, |bits| bits * 10));
        update(&*cell, |bits| bits + 5);
        doubling.join().unwrap();
        assert!([15, 60].contains(&cell.load(Relaxed)));
    });
}

#[test]
fn loom_repeated_additions_and_one_by_one() {
    loom::model(|| {
        let cell = Arc::new(AtomicU64::new(0));
        let other = cell.clone();
        let repeating = thread::spawn(move || add_many(&*other, 4, |bits| bits + 1));
        cell.fetch_add(100, Relaxed);
        cell.fetch_add(100, Relaxed);
        repeating.join().unwrap();
        assert_eq!(cell.load(Relaxed), 204);
    });
}

#[test]
fn loom_two_that_repeat_additions() {
    loom::model(|| {
        let cell = Arc::new(AtomicU64::new(0));
        let other = cell.clone();
        let repeating = thread::spawn(move || add_many(&*other, 3, |bits| bits + 1));
        add_many(&*cell, 2, |bits| bits + 10);
        repeating.join().unwrap();
        assert_eq!(cell.load(Relaxed), 23);
    });
}
