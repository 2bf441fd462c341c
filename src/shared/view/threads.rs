//! The thread pool for operations on many elements.
//!
//! The pool belongs to the process, not to a worker. It has one thread per processor, starts with the first
//! operation that needs it, and stays.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{LazyLock, OnceLock};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// The number of elements that are read to private memory at once. They fit the processor's first-level cache.
pub const BLOCK: usize = 2048;

/// The elements per unit of work. The size is fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 32 * BLOCK;

/// The cost from which work is spread over threads, about two milliseconds of one thread. Below it, waking the
/// threads takes as long as they save. Tests use a lower value to spread short work.
const WORTH_IT: usize = if cfg!(test) { 1 << 18 } else { 16 << 20 };

/// The cost of an element, in bytes that could be read in the same time.
#[derive(Debug, Clone, Copy)]
pub struct Cost(usize);

impl Cost {
    /// The element is read or written.
    pub const fn of_move<T>() -> Self {
        Self(size_of::<T>())
    }

    /// The element is exchanged together with its neighbours.
    pub const fn of_exchange<T>() -> Self {
        Self(6 * size_of::<T>())
    }

    /// A table in a near cache is accessed for the element.
    pub const LOOKUP: Self = Self(16);

    /// The element is exchanged alone, at an arbitrary place in a large memory.
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

/// Whether an operation on `length` elements is spread over threads.
pub fn is_spread(length: usize, Cost(cost): Cost) -> bool {
    #[cfg(test)]
    if IS_ALONE.get() {
        return false;
    }
    length > CHUNK && length.saturating_mul(cost) >= WORTH_IT
}

/// Runs the task on one of the threads. A panic ends only the task.
pub fn spawn(task: impl FnOnce() + Send + 'static) {
    POOL.spawn(|| drop(catch_unwind(AssertUnwindSafe(task))));
}

/// Runs a task on the pool, which divides itself with rayon.
pub fn install<R: Send>(task: impl FnOnce() -> R + Send) -> R {
    POOL.install(task)
}

/// Runs the task for each number below `count`, on several threads.
fn each(count: usize, task: &(dyn Fn(usize) + Sync)) {
    install(|| (0..count).into_par_iter().with_max_len(1).for_each(task));
}

/// The results of the task for each number below `count`, in order.
fn collect<R: Send + Sync>(count: usize, task: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let results: Vec<OnceLock<R>> = (0..count).map(|_| OnceLock::new()).collect();
    each(count, &|index| drop(results[index].set(task(index))));
    results.into_iter().filter_map(OnceLock::into_inner).collect()
}

fn chunk(index: usize, length: usize) -> Range<usize> {
    index * CHUNK..length.min((index + 1) * CHUNK)
}

/// Runs the task for consecutive ranges of elements.
pub fn for_chunks(length: usize, cost: Cost, task: impl Fn(Range<usize>) + Sync) {
    if is_spread(length, cost) {
        each(length.div_ceil(CHUNK), &|index| task(chunk(index, length)));
    } else {
        task(0..length);
    }
}

/// The results for consecutive ranges of elements, in order. The ranges do not depend on the number of threads.
pub fn map<R: Send + Sync>(length: usize, cost: Cost, task: impl Fn(Range<usize>) -> R + Sync) -> Vec<R> {
    let chunks = length.div_ceil(CHUNK);
    if is_spread(length, cost) {
        collect(chunks, |index| task(chunk(index, length)))
    } else {
        (0..chunks).map(|index| task(chunk(index, length))).collect()
    }
}

/// One result per participating thread, for results whose number and grouping do not matter.
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
