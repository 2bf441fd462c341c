//! Pools, for their workers: `lib/core/task-port.js`.

use super::table::bindings;
use super::{Result, agent};
use crate::pool::Abort;

bindings! {
    c"pullTasks" => pull_tasks();
    c"retire" => retire();
    c"heedAbort" => heed_abort(id);
    c"abortOf" => abort_of(id);
}

/// A pool's worker is ready for tasks.
fn pull_tasks() -> Result<()> {
    agent()?.start_tasks();
    Ok(())
}

/// A pool's worker takes no more tasks.
fn retire() -> Result<()> {
    agent()?.retire_slot();
    Ok(())
}

/// Like `abortOf`, and subscribes the task to its abort.
fn heed_abort(id: u32) -> Result<Option<bool>> {
    Ok(is_timeout(agent()?.heed_abort(id)))
}

/// Whether the task that this worker runs has timed out; `null` when it was not asked to end.
fn abort_of(id: u32) -> Result<Option<bool>> {
    Ok(is_timeout(agent()?.abort_of(id)))
}

fn is_timeout(abort: Option<Abort>) -> Option<bool> {
    abort.map(|abort| abort == Abort::TimedOut)
}
