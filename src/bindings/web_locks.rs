//! Requests for named locks, which all threads of the process share.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use isothreads_codec::protocol::{lock_outcome, lock_patience};

use super::table::bindings;
use super::{Result, agent};
use crate::engine::value::Value;
use crate::web_locks::{Mode, Notice, Patience, Requested};

bindings! {
    c"bindLocks" => bind_locks(listener);
    c"requestNamedLock" => request_lock(number, name, is_shared, patience);
    c"releaseNamedLock" => release_lock(number, name);
    c"nextLockNotice" => next_lock_notice();
    c"noteHostLocks" => note_host_locks();
    c"hasHostLocks" => has_host_locks();
}

static HAS_HOST_LOCKS: AtomicBool = AtomicBool::new(false);

/// Sets the object that is told when `nextLockNotice` has something.
fn bind_locks(listener: Value) -> Result<()> {
    let agent = agent()?;
    agent.set_lock_listener(agent.host.realm().hold(listener));
    Ok(())
}

/// Requests the lock, with a `lock_patience`. Returns a `lock_outcome`.
fn request_lock(number: u32, name: String, is_shared: bool, patience: i32) -> Result<i32> {
    let mode = if is_shared { Mode::Shared } else { Mode::Exclusive };
    let patience = match patience {
        lock_patience::GIVE_UP => Patience::GiveUp,
        lock_patience::STEAL => Patience::Steal,
        _ => Patience::Wait,
    };
    Ok(match agent()?.request_web_lock(number, &name, mode, patience) {
        Requested::Granted => lock_outcome::GRANTED,
        Requested::Unavailable => lock_outcome::UNAVAILABLE,
        Requested::Waiting => lock_outcome::WAITING,
    })
}

/// Gives back a lock, or withdraws its request.
fn release_lock(number: u32, name: String) -> Result<()> {
    agent()?.release_web_lock(number, &name);
    Ok(())
}

/// The next `[number, outcome]`; `null` when there is none.
fn next_lock_notice() -> Result<Option<Vec<i32>>> {
    Ok(agent()?.next_lock_notice().map(|notice| match notice {
        Notice::Granted(number) => vec![number as i32, lock_outcome::GRANTED],
        Notice::Stolen(number) => vec![number as i32, lock_outcome::STOLEN],
    }))
}

/// This worker uses the named locks of its host instead.
fn note_host_locks() {
    HAS_HOST_LOCKS.store(true, Relaxed);
}

/// Whether any worker has used the named locks of its host.
fn has_host_locks() -> bool {
    HAS_HOST_LOCKS.load(Relaxed)
}
