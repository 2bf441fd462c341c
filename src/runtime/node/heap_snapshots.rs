//! Snapshots that are written when the heap of this thread's environment approaches its limit: Node's
//! `v8.setHeapSnapshotNearHeapLimit()` and `--heapsnapshot-near-heap-limit`. Node's own implementation raises the limit
//! by an amount that an embedder cannot set, so V8 aborts the process.

use std::cell::{Cell, RefCell};
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use crate::engine::environment::Heap;

/// The minimum by which the limit rises for a snapshot: taking one moves the young generation to the old one.
const LEAST_HEADROOM: usize = 16 << 20;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    /// The limit was reached; the snapshot is taken after the garbage collection.
    Due,
    Taking,
}

struct Snapshots {
    remaining: Cell<u32>,
    thread_id: u64,
    /// `None`: the working directory at the time of writing.
    directory: RefCell<Option<PathBuf>>,
    state: Cell<State>,
}

thread_local! {
    static SNAPSHOTS: RefCell<Option<Snapshots>> = const { RefCell::new(None) };
}

/// The number of snapshots that this thread may write. The first request counts, as in Node.
pub fn request(count: u32, thread_id: u64, directory: Option<PathBuf>) {
    SNAPSHOTS.with_borrow_mut(|snapshots| {
        snapshots.get_or_insert(Snapshots {
            remaining: Cell::new(count),
            thread_id,
            directory: RefCell::new(directory),
            state: Cell::new(State::Idle),
        });
    });
}

/// The heap is near its limit. Returns by how many bytes the limit must rise for a snapshot; `None` when no snapshot is
/// due.
pub fn headroom(heap: &Heap) -> Option<usize> {
    SNAPSHOTS.with_borrow(|snapshots| {
        let snapshots = snapshots.as_ref()?;
        if snapshots.state.get() == State::Idle {
            if snapshots.remaining.get() == 0 {
                return None;
            }
            snapshots.state.set(State::Due);
        }
        Some(heap.max_young_generation_size().max(LEAST_HEADROOM))
    })
}

/// A garbage collection has ended: writes a pending snapshot. Blocks until it is written.
pub fn take_due(heap: &Heap) {
    SNAPSHOTS.with_borrow(|snapshots| {
        let Some(snapshots) = snapshots else { return };
        if snapshots.state.get() != State::Due {
            return;
        }
        // Writing a snapshot collects garbage, which calls this function again.
        snapshots.state.set(State::Taking);
        snapshots.remaining.update(|remaining| remaining - 1);
        match write(heap, snapshots.thread_id, snapshots.directory.borrow().as_deref()) {
            Ok(path) => eprintln!("Wrote snapshot to {}", path.display()),
            Err(error) => eprintln!("isothreads: could not write a heap snapshot: {error}"),
        }
        snapshots.state.set(State::Idle);
    });
}

fn write(heap: &Heap, thread_id: u64, directory: Option<&Path>) -> io::Result<PathBuf> {
    let path = match directory {
        Some(directory) => directory.join(file_name(thread_id)),
        None => std::env::current_dir()?.join(file_name(thread_id)),
    };
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path)?;
    heap.write_snapshot(&mut file)?;
    Ok(path)
}

/// Node's naming scheme: `Heap.20260131.235959.<process>.<thread>.<number>.heapsnapshot`.
fn file_name(thread_id: u64) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let process = std::process::id();
    let number = NUMBER.fetch_add(1, Relaxed);
    format!(
        "Heap.{}.{process}.{thread_id}.{number:03}.heapsnapshot",
        crate::engine::process::local_time()
    )
}
