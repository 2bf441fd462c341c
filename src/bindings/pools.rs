//! Pools, for `lib/pool/`. Tasks and results are posted with `postTask` and `postMessage`.

use hdrhistogram::Histogram;

use super::table::{bindings, into_object};
use super::{Result, agent};
use crate::pool::{Abort, Order, Settings, TaskOptions};

bindings! {
    c"createPool" => create_pool(is_timed, is_last_in_first_out);
    c"createTaskSender" => create_task_sender(pool, priority, is_cancellable, worker, function);
    c"createBroadcastSender" => create_broadcast_sender(pool, name);
    c"deleteSender" => delete_sender(pool, sender);
    c"joinPool" => join_pool(worker, pool, concurrency);
    c"cancelTask" => cancel_task(pool, id);
    c"forgetTask" => forget_task(pool, id);
    c"cancelAllTasks" => cancel_all_tasks(pool);
    c"runningTask" => running_task(pool, id);
    c"abortTask" => abort_task(pool, id, is_timeout, is_final);
    c"queuedTasks" => queued_tasks(pool);
    c"busyWorkers" => busy_workers(pool);
    c"retireWorker" => retire_worker(pool, worker);
    c"workerRested" => worker_rested(pool, worker);
    c"poolTiming" => pool_timing(pool);
    c"deletePool" => delete_pool(pool);
}

pub struct NewPool {
    pub key: u32,
    /// The port that receives results.
    pub results: u32,
}

into_object!(NewPool {
    key: c"key",
    results: c"results",
});

fn create_pool(is_timed: bool, is_last_in_first_out: bool) -> Result<NewPool> {
    let order = if is_last_in_first_out {
        Order::LastInFirstOut
    } else {
        Order::FirstInFirstOut
    };
    let (key, results) = agent()?.create_pool(Settings { order, is_timed });
    Ok(NewPool {
        key: key as u32,
        results: results as u32,
    })
}

/// Returns the key for posting tasks of this priority, to one worker or to any. `isCancellable`: the tasks can be
/// cancelled, and each must be cancelled or forgotten. `function`: for native workers, the function that the tasks
/// call. Returns `null` when the worker does not exist.
fn create_task_sender(
    pool: u32,
    priority: i32,
    is_cancellable: bool,
    worker: Option<u32>,
    function: Option<u16>,
) -> Result<Option<u32>> {
    let options = TaskOptions {
        priority,
        is_cancellable,
    };
    let worker = worker.map(|key| key as usize);
    let key = agent()?.add_task_sender(pool as usize, options, worker, function);
    Ok(key.map(|key| key as u32))
}

/// Returns the key for posting broadcasts.
fn create_broadcast_sender(pool: u32, name: Option<String>) -> Result<Option<u32>> {
    let key = agent()?.add_broadcast_sender(pool as usize, name);
    Ok(key.map(|key| key as u32))
}

fn delete_sender(pool: u32, sender: u32) -> Result<()> {
    agent()?.delete_sender(pool as usize, sender as usize);
    Ok(())
}

/// Adds a worker that was created and not started to the pool.
fn join_pool(worker: u32, pool: u32, concurrency: u32) -> Result<()> {
    let agent = agent()?;
    let key = worker as usize;
    let Some(slot) = agent.pool_slot(pool as usize, key, concurrency as usize) else {
        return Ok(());
    };
    if let Some(worker) = agent.worker(key) {
        worker.set_pool(pool as usize, slot.member.clone());
        if worker.shared.is_spare() {
            worker.shared.set_slot(slot);
            return Ok(());
        }
    }
    agent.change_created(key, |context| context.slot = Some(slot));
    Ok(())
}

/// Returns true when the task was still waiting; then it will not run.
fn cancel_task(pool: u32, id: u32) -> Result<bool> {
    Ok(agent()?.cancel_task(pool as usize, id))
}

fn forget_task(pool: u32, id: u32) -> Result<()> {
    agent()?.forget_task(pool as usize, id);
    Ok(())
}

/// Cancels the waiting tasks. Returns their numbers.
fn cancel_all_tasks(pool: u32) -> Result<Vec<u32>> {
    Ok(agent()?.cancel_all_tasks(pool as usize))
}

pub struct RunningTask {
    /// Key of the task's worker.
    pub worker: u32,
    /// Milliseconds since the worker took it; 0 for a task that is not cancellable.
    pub age: f64,
}

into_object!(RunningTask {
    worker: c"worker",
    age: c"age",
});

/// Where a task runs; `null` when it is waiting or finished.
fn running_task(pool: u32, id: u32) -> Result<Option<RunningTask>> {
    let running = agent()?.running_task(pool as usize, id);
    Ok(running.map(|task| RunningTask {
        worker: task.worker as u32,
        age: task.since.map_or(0.0, |since| since.elapsed().as_secs_f64() * 1000.0),
    }))
}

pub struct AbortedTask {
    /// Key of the task's worker.
    pub worker: u32,
    /// The worker takes no more tasks and must be terminated. Otherwise the task receives the abort.
    pub is_ending: bool,
}

into_object!(AbortedTask {
    worker: c"worker",
    is_ending: c"isEnding",
});

/// Asks a running task to end; `null` when it is waiting or finished. `isFinal`: its worker must be terminated.
fn abort_task(pool: u32, id: u32, is_timeout: bool, is_final: bool) -> Result<Option<AbortedTask>> {
    let abort = if is_timeout { Abort::TimedOut } else { Abort::Aborted };
    let aborted = agent()?.abort_task(pool as usize, id, abort, is_final);
    Ok(aborted.map(|(worker, is_ending)| AbortedTask {
        worker: worker as u32,
        is_ending,
    }))
}

/// The number of waiting tasks.
fn queued_tasks(pool: u32) -> Result<u32> {
    Ok(agent()?.queued_tasks(pool as usize) as u32)
}

/// Keys of busy workers.
fn busy_workers(pool: u32) -> Result<Vec<u32>> {
    let keys = agent()?.busy_workers(pool as usize);
    Ok(keys.into_iter().map(|key| key as u32).collect())
}

/// Retires the worker: it finishes its tasks, then ends. Returns false when it has never looked for tasks, and so has
/// none.
fn retire_worker(pool: u32, worker: u32) -> Result<bool> {
    Ok(agent()?.retire_worker(pool as usize, worker as usize))
}

/// How many milliseconds the worker has been idle; `null` while it is busy or has not started.
fn worker_rested(pool: u32, worker: u32) -> Result<Option<f64>> {
    let rested = agent()?.worker_rested(pool as usize, worker as usize);
    Ok(rested.map(|rested| rested.as_secs_f64() * 1000.0))
}

/// How long tasks waited or ran, in milliseconds.
pub struct Durations {
    pub count: u32,
    pub min: f64,
    pub max: f64,
    pub mean: f64,
    pub stddev: f64,
    pub p50: f64,
    pub p75: f64,
    pub p90: f64,
    pub p95: f64,
    pub p99: f64,
    pub p999: f64,
}

into_object!(Durations {
    count: c"count",
    min: c"min",
    max: c"max",
    mean: c"mean",
    stddev: c"stddev",
    p50: c"p50",
    p75: c"p75",
    p90: c"p90",
    p95: c"p95",
    p99: c"p99",
    p999: c"p999",
});

pub struct PoolTiming {
    pub wait_time: Durations,
    pub run_time: Durations,
    /// Total milliseconds that workers spent on tasks.
    pub total_run_time: f64,
}

into_object!(PoolTiming {
    wait_time: c"waitTime",
    run_time: c"runTime",
    total_run_time: c"totalRunTime",
});

fn durations(histogram: &Histogram<u64>) -> Durations {
    let milliseconds = |nanoseconds: f64| nanoseconds / 1e6;
    let quantile = |quantile| milliseconds(histogram.value_at_quantile(quantile) as f64);
    Durations {
        count: u32::try_from(histogram.len()).unwrap_or(u32::MAX),
        min: milliseconds(histogram.min() as f64),
        max: milliseconds(histogram.max() as f64),
        mean: milliseconds(histogram.mean()),
        stddev: milliseconds(histogram.stdev()),
        p50: quantile(0.5),
        p75: quantile(0.75),
        p90: quantile(0.9),
        p95: quantile(0.95),
        p99: quantile(0.99),
        p999: quantile(0.999),
    }
}

/// Returns `null` for a pool that does not measure.
fn pool_timing(pool: u32) -> Result<Option<PoolTiming>> {
    let timing = agent()?.pool_timing(pool as usize);
    Ok(timing.map(|timing| PoolTiming {
        wait_time: durations(&timing.wait),
        run_time: durations(&timing.run),
        total_run_time: timing.total_run.as_secs_f64() * 1000.0,
    }))
}

fn delete_pool(pool: u32) -> Result<()> {
    agent()?.delete_pool(pool as usize);
    Ok(())
}
