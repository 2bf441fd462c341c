//! Pools, for `lib/worker-pool.js`. Tasks and results are posted with `postMessage`.

use napi::bindgen_prelude::*;
use napi_derive::napi;

use super::realm;
use super::workers::with_created;

#[napi(object)]
pub struct NewPool {
    pub key: u32,
    /// The port that results arrive at.
    pub results: u32,
}

#[napi]
pub fn create_pool() -> Result<NewPool> {
    let (key, results) = realm()?.create_pool();
    Ok(NewPool {
        key: key as u32,
        results: results as u32,
    })
}

/// The key of something to post tasks of this priority on. `isKept`: they may be cancelled, and must
/// be cancelled or forgotten.
#[napi]
pub fn create_task_sender(pool: u32, priority: i32, is_kept: bool) -> Result<Option<u32>> {
    let key = realm()?.add_task_sender(pool as usize, priority, is_kept);
    Ok(key.map(|key| key as u32))
}

/// Has a worker that was created and not started work for the pool.
#[napi]
pub fn join_pool(worker: u32, pool: u32, concurrency: u32) -> Result<()> {
    let realm = realm()?;
    let seat = realm.pool_seat(pool as usize, concurrency as usize);
    with_created(worker, |context| context.seat = seat);
    if let Some(worker) = realm.worker(worker as usize) {
        worker.set_pool(pool as usize);
    }
    Ok(())
}

/// True when the task was waiting still; then it will not be run.
#[napi]
pub fn cancel_task(pool: u32, id: u32) -> Result<bool> {
    Ok(realm()?.cancel_task(pool as usize, id))
}

#[napi]
pub fn forget_task(pool: u32, id: u32) -> Result<()> {
    realm()?.forget_task(pool as usize, id);
    Ok(())
}

/// Cancels what waits. Returns the tasks' numbers.
#[napi]
pub fn cancel_all_tasks(pool: u32) -> Result<Vec<u32>> {
    Ok(realm()?.cancel_all_tasks(pool as usize))
}

#[napi(object)]
pub struct RunningTask {
    /// Key of the worker that has it.
    pub worker: u32,
    /// Milliseconds since the worker took it.
    pub age: f64,
}

/// Where a task is that may be cancelled; `null` when it waits, or is finished.
#[napi]
pub fn running_task(pool: u32, id: u32) -> Result<Option<RunningTask>> {
    let running = realm()?.worker_running(pool as usize, id);
    Ok(running.map(|(worker, since)| RunningTask {
        worker: worker as u32,
        age: since.elapsed().as_secs_f64() * 1000.0,
    }))
}

/// How many tasks wait for a worker.
#[napi]
pub fn queued_tasks(pool: u32) -> Result<u32> {
    Ok(realm()?.queued_tasks(pool as usize) as u32)
}

#[napi]
pub fn delete_pool(pool: u32) -> Result<()> {
    realm()?.delete_pool(pool as usize);
    Ok(())
}

/// A pool's worker is ready for tasks.
#[napi]
pub fn pull_tasks() -> Result<()> {
    realm()?.pull_tasks();
    Ok(())
}

/// How many threads can run at the same time: processors, less what a container takes away.
#[napi]
pub fn processors() -> u32 {
    num_cpus::get() as u32
}
