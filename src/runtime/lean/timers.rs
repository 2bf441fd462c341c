//! What the timers of lib/lean need of the event loop: one timer for the next of them, and a call in each turn of the loop
//! for immediates.

use std::cell::RefCell;
use std::rc::Rc;

use crate::engine::immediate::Immediate;
use crate::engine::process::{EndOfEnvironment, on_end_of_environment};
use crate::engine::realm::Held;
use crate::engine::timer::Timer;
use crate::runtime::javascript;

/// What the listener is told.
const TIMERS_DUE: i32 = 0;
const IMMEDIATES_DUE: i32 = 1;

struct Timers {
    timer: Timer,
    immediate: Immediate,
}

thread_local! {
    static TIMERS: RefCell<Option<Timers>> = const { RefCell::new(None) };
}

/// Has the listener called from now on. The error says what failed.
pub fn listen(listener: Held) -> Result<(), String> {
    let agent = javascript::current().ok_or("this thread has no agent")?;
    let realm = agent.host.realm();
    let listener = Rc::new(listener);
    let tell = |what| {
        let listener = listener.clone();
        Box::new(move || {
            if let Some(agent) = javascript::current() {
                agent.host.realm().notify(&listener, what, 0);
            }
        })
    };
    let failed = |status| format!("libuv could not create a timer (error {status})");
    let timer = Timer::new(realm, tell(TIMERS_DUE)).map_err(failed)?;
    let immediate = match Immediate::new(realm, tell(IMMEDIATES_DUE)) {
        Ok(immediate) => immediate,
        Err(status) => {
            timer.close();
            return Err(failed(status));
        }
    };
    TIMERS.set(Some(Timers { timer, immediate }));
    on_end_of_environment(Rc::new(End));
    Ok(())
}

/// Calls the listener after this many milliseconds, instead of an earlier request; `None`: not at all.
pub fn schedule(milliseconds: Option<f64>, is_referenced: bool) {
    TIMERS.with_borrow(|timers| {
        let Some(Timers { timer, .. }) = timers else { return };
        timer.set_ref(is_referenced);
        match milliseconds {
            Some(milliseconds) => timer.start(milliseconds as u64),
            None => timer.stop(),
        }
    });
}

/// Whether there are immediates, and whether they keep the worker alive.
pub fn set_immediates(are_waiting: bool, are_referenced: bool) {
    TIMERS.with_borrow(|timers| {
        if let Some(Timers { immediate, .. }) = timers {
            immediate.set(are_waiting, are_referenced);
        }
    });
}

struct End;

impl EndOfEnvironment for End {
    fn at_exit(&self) {}

    fn clean_up(&self) {
        if let Some(Timers { timer, immediate }) = TIMERS.take() {
            timer.close();
            immediate.close();
        }
    }

    fn abandon(&self) {}
}
