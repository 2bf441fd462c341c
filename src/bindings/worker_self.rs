//! What a worker's own thread learns at its start.

use std::cell::RefCell;
use std::sync::Arc;

use super::table::{bindings, into_object};
use super::workers::limits_in_order;
use super::{Result, agent, variables};
use crate::engine::bindings::Error;
use crate::runtime::lean::modules::{self, Modules};
use crate::runtime::{self, Unclaimed};
use crate::worker::Shared;

bindings! {
    c"takeWorkerSelf" => take_worker_self();
    c"awaitHandOver" => await_hand_over();
}

pub struct WorkerSelf {
    pub thread_id: u32,
    pub name: String,
    pub resource_limits: Vec<f64>,
    pub parent_port: u32,
    /// Messages from this package's other half.
    pub control: u32,
    /// Messages to that half.
    pub to_parent: u32,
    /// Environment variables shared with the parent instead of the process.
    pub variables: Option<u32>,
    /// Where a pool worker receives tasks and posts their results.
    pub pool: Option<u32>,
    /// Started before a program needs it: `await_hand_over` has what a program decides.
    pub is_spare: bool,
}

into_object!(WorkerSelf {
    thread_id: c"threadId",
    name: c"name",
    resource_limits: c"resourceLimits",
    parent_port: c"parentPort",
    control: c"control",
    to_parent: c"toParent",
    variables: c"variables",
    pool: c"pool",
    is_spare: c"isSpare",
});

thread_local! {
    /// Of a spare worker, until it is taken.
    static SPARE: RefCell<Option<Arc<Shared>>> = const { RefCell::new(None) };
}

/// Claims this thread's context if it is a worker of ours; `null` on any other thread, and on later calls. Call
/// `attach` first. From now on the worker can be stopped at any moment. Throws when a stop was requested already.
fn take_worker_self() -> Result<Option<WorkerSelf>> {
    let agent = agent()?;
    let Some(Unclaimed { context, running }) = runtime::claim() else {
        return Ok(None);
    };
    if !context.shared.life.run(running) {
        return Err(Error::new("isothreads: the worker was terminated before it started"));
    }
    agent.host.set_life(context.shared.life.clone());
    let is_spare = context.shared.is_spare();
    if is_spare {
        SPARE.set(Some(context.shared.clone()));
    }
    agent.set_inbox(context.inbox);
    agent.set_parker(context.shared.life.parker.clone());
    let worker = {
        let limits = limits_in_order(*context.shared.limits.lock().unwrap());
        let pool = context.slot.map(|slot| agent.take_slot(slot) as u32);
        WorkerSelf {
            thread_id: context.thread_id as u32,
            name: context.name,
            resource_limits: limits,
            to_parent: agent.add_sender(context.to_parent) as u32,
            parent_port: agent.add_port(context.parent_port) as u32,
            control: agent.add_port(context.control) as u32,
            variables: context.variables.map(variables::add),
            pool,
            is_spare,
        }
    };
    Ok(Some(worker))
}

/// A program has taken this spare worker.
pub struct Taken {
    pub name: String,
    /// As in `WorkerSelf`.
    pub pool: Option<u32>,
}

into_object!(Taken {
    name: c"name",
    pool: c"pool",
});

/// Blocks until a program takes this spare worker. Its messages have arrived then. Throws when it must end instead.
fn await_hand_over() -> Result<Taken> {
    let agent = agent()?;
    let hand_over = SPARE.take().and_then(|shared| shared.await_hand_over());
    let hand_over =
        hand_over.ok_or_else(|| Error::new("isothreads: the worker was terminated before it was needed"))?;
    modules::set(Modules::new(hand_over.entry, hand_over.module_roots));
    Ok(Taken {
        name: hand_over.name,
        pool: hand_over.slot.map(|slot| agent.take_slot(slot) as u32),
    })
}
