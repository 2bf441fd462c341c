use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering::Relaxed};

use crate::shared::Memory;

#[test]
fn cells_are_within_the_memory_and_aligned() {
    let memory = Memory::zeroed(16);
    assert_eq!(memory.cells::<AtomicU32>(0, 4).map(<[_]>::len), Some(4));
    assert_eq!(memory.cells::<AtomicU32>(4, 3).map(<[_]>::len), Some(3));
    assert_eq!(memory.cells::<AtomicU8>(15, 1).map(<[_]>::len), Some(1));
    assert_eq!(memory.cells::<AtomicU64>(16, 0).map(<[_]>::len), Some(0));
    assert!(memory.cells::<AtomicU32>(0, 5).is_none());
    assert!(memory.cells::<AtomicU32>(16, 1).is_none());
    assert!(memory.cells::<AtomicU32>(2, 1).is_none());
    assert!(memory.cells::<AtomicU16>(1, 1).is_none());
    assert!(memory.cells::<AtomicU64>(4, 1).is_none());
    assert!(memory.cells::<AtomicU8>(17, 0).is_none());
    assert!(memory.cells::<AtomicU64>(8, usize::MAX / 4).is_none());
    assert!(memory.cells::<AtomicU8>(usize::MAX, 1).is_none());
}

#[test]
fn a_length_that_is_not_a_multiple_of_eight_ends_where_it_says() {
    let memory = Memory::zeroed(5);
    assert_eq!(memory.len(), 5);
    assert!(memory.cells::<AtomicU8>(4, 1).is_some());
    assert!(memory.cells::<AtomicU8>(5, 1).is_none());
    assert!(memory.cells::<AtomicU32>(4, 1).is_none());
}

#[test]
fn empty_memory_has_no_cells() {
    let memory = Memory::zeroed(0);
    assert!(memory.is_empty());
    assert_eq!(memory.cells::<AtomicU64>(0, 0).map(<[_]>::len), Some(0));
    assert!(memory.cells::<AtomicU8>(0, 1).is_none());
}

#[test]
fn clones_are_the_same_memory_and_keep_its_owner() {
    let owner = Arc::new(vec![AtomicU64::new(7)]);
    let data = owner.as_ptr().cast_mut().cast();
    // SAFETY: the atomics live as long as their owner.
    let memory = unsafe { Memory::new(data, 8, owner.clone()) };
    let clone = memory.clone();
    drop(memory);
    assert_eq!(Arc::strong_count(&owner), 2);
    clone.cells::<AtomicU64>(0, 1).unwrap()[0].store(9, Relaxed);
    assert_eq!(owner[0].load(Relaxed), 9);
    drop(clone);
    assert_eq!(Arc::strong_count(&owner), 1);
}

#[test]
fn weak_memory_keeps_nothing_alive_and_knows_when_memory_is_freed() {
    let memory = Memory::zeroed(8);
    let weak = memory.downgrade();
    assert_eq!((weak.owner_count(), weak.address()), (1, memory.address()));
    let same = weak.upgrade().unwrap();
    assert_eq!((weak.owner_count(), same.address()), (2, memory.address()));
    drop((memory, same));
    assert!(weak.is_gone());
    assert!(weak.upgrade().is_none());
}
