//! The threads that operations on many elements are spread over.
//!
//! They are the process's, not a worker's: as many as there are processors, made when the first
//! operation needs them and kept.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{LazyLock, OnceLock};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// How many elements are read to private memory at once: small enough to stay in the processor's
/// nearest cache.
pub const BLOCK: usize = 2048;

/// The unit of what is spread. Always the same, so that sums do not depend on the number of threads.
const CHUNK: usize = 32 * BLOCK;

/// From what cost on other threads are woken: some two milliseconds of one thread. Below that waking them
/// takes as long as they save. Tests are to be spread without being long.
const WORTH_IT: usize = if cfg!(test) { 1 << 18 } else { 16 << 20 };

/// What an element costs: as much as so many bytes that are read once.
#[derive(Debug, Clone, Copy)]
pub struct Cost(usize);

impl Cost {
    /// It is read or written.
    pub const fn of_move<T>() -> Self {
        Self(size_of::<T>())
    }

    /// It is exchanged, together with its neighbours.
    pub const fn of_exchange<T>() -> Self {
        Self(6 * size_of::<T>())
    }

    /// Something is looked up for it that is near.
    pub const LOOKUP: Self = Self(16);

    /// It is somewhere in a large memory, and exchanged alone.
    pub const SCATTERED: Self = Self(64);
}

static POOL: LazyLock<ThreadPool> = LazyLock::new(|| {
    ThreadPoolBuilder::new()
        .num_threads(num_cpus::get())
        .thread_name(|index| format!("isothreads-{index}"))
        .build()
        .expect("threads for operations on views")
});

#[cfg(test)]
thread_local! {
    /// Operations that this thread starts stay on it.
    pub static IS_ALONE: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Whether an operation on so many elements is spread.
pub fn is_spread(length: usize, Cost(cost): Cost) -> bool {
    #[cfg(test)]
    if IS_ALONE.get() {
        return false;
    }
    length > CHUNK && length.saturating_mul(cost) >= WORTH_IT
}

/// Runs it on one of the threads. A panic ends nothing but the task.
pub fn spawn(task: impl FnOnce() + Send + 'static) {
    POOL.spawn(|| drop(catch_unwind(AssertUnwindSafe(task))));
}

/// Has the threads work for a task that divides itself.
pub fn install<R: Send>(task: impl FnOnce() -> R + Send) -> R {
    POOL.install(task)
}

/// Runs it for each number below `count`, on several threads.
fn each(count: usize, task: &(dyn Fn(usize) + Sync)) {
    install(|| (0..count).into_par_iter().with_max_len(1).for_each(task));
}

/// What it makes of each number below `count`, in order.
fn collect<R: Send + Sync>(count: usize, task: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let results: Vec<OnceLock<R>> = (0..count).map(|_| OnceLock::new()).collect();
    each(count, &|index| drop(results[index].set(task(index))));
    results.into_iter().filter_map(OnceLock::into_inner).collect()
}

fn chunk(index: usize, length: usize) -> Range<usize> {
    index * CHUNK..length.min((index + 1) * CHUNK)
}

/// Runs it for consecutive ranges of elements.
pub fn for_chunks(length: usize, cost: Cost, task: impl Fn(Range<usize>) + Sync) {
    if is_spread(length, cost) {
        each(length.div_ceil(CHUNK), &|index| task(chunk(index, length)));
    } else {
        task(0..length);
    }
}

/// The results of consecutive ranges of elements, in order. The ranges are always the same.
pub fn map<R: Send + Sync>(length: usize, cost: Cost, task: impl Fn(Range<usize>) -> R + Sync) -> Vec<R> {
    let chunks = length.div_ceil(CHUNK);
    if is_spread(length, cost) {
        collect(chunks, |index| task(chunk(index, length)))
    } else {
        (0..chunks).map(|index| task(chunk(index, length))).collect()
    }
}

/// One value for each thread that takes part: for results that do not depend on how many there are.
pub fn fold<R: Send + Sync>(
    length: usize,
    cost: Cost,
    new: impl Fn() -> R + Sync,
    task: impl Fn(&mut R, Range<usize>) + Sync,
) -> Vec<R> {
    let parts = if is_spread(length, cost) { num_cpus::get() } else { 1 };
    let part = length.div_ceil(parts);
    let run = |index: usize| {
        let mut result = new();
        task(&mut result, length.min(index * part)..length.min((index + 1) * part));
        result
    };
    if parts == 1 { vec![run(0)] } else { collect(parts, run) }
}
