//! Calls a worker's function: reads its argument, catches its panics, hands over what it returns.

use std::any::Any;
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;

use serde::{Deserialize, Serialize};

use crate::abi::{self, FailureKind};
use crate::error::{Error, Result};
use crate::message::Message;
use crate::port::{MessagePort, ParentPort};
use crate::task::{self, Task, slice};
use crate::wire::{self, Received};

/// A worker of this library, as the attribute macro makes it.
pub struct Registration {
    pub name: &'static str,
    pub description: &'static str,
    pub is_conversation: bool,
    pub takes_input: bool,
    /// Calls the function, and makes a message of what it returned.
    pub run: fn(&Call<'_>) -> Result<Output>,
}

inventory::collect!(Registration);

/// What a function is called with; the attribute macro makes its arguments of it.
pub struct Call<'a> {
    registration: &'static Registration,
    raw: &'a abi::Call,
    host: &'static abi::Host,
    input: Received,
    has_parent_port: Cell<bool>,
}

/// What it returned.
pub struct Output(Message);

impl Call<'_> {
    /// The argument. Borrows from the message where the type does.
    pub fn input<'de, T: Deserialize<'de>>(&'de self) -> Result<T> {
        let explain = |error: Error| {
            let message = format!(
                "{} was given something else than it takes: {}",
                self.registration.name,
                error.message()
            );
            Error::clone(message)
        };
        self.input.read().map_err(explain)
    }

    pub fn task(&self) -> Task {
        Task::new(self.raw, self.host)
    }

    /// Once per call.
    pub fn parent_port(&self) -> Result<ParentPort> {
        if !self.has_parent_port.replace(false) {
            return Err(Error::new("this worker is a conversation: it needs a Worker"));
        }
        // SAFETY: a port that was given away to this call, and is taken once.
        let port = unsafe { MessagePort::from_raw(self.raw.parent_port, self.host) };
        Ok(ParentPort::new(port, self.task()))
    }

    pub fn output<T: Serialize>(&self, value: T) -> Result<Output> {
        wire::write(&value).map(Output)
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if self.has_parent_port.get() {
            // SAFETY: given away to this call, and not taken.
            drop(unsafe { MessagePort::from_raw(self.raw.parent_port, self.host) });
        }
    }
}

/// # Safety
/// `context` is a `Registration`, `call` one that lives as long as this takes.
pub(crate) unsafe extern "C" fn run(context: *const c_void, call: *const abi::Call) {
    // SAFETY: by the contract above; the table of functions stays for ever.
    let (registration, raw, host) = unsafe { (&*context.cast::<Registration>(), &*call, &*(*call).host) };
    install_panic_hook();
    wire::set_stack_size(raw.stack_size);
    // SAFETY: the input is given away.
    let input = Received::new(unsafe { Message::from_raw(&raw.input, host) });
    let call = Call {
        registration,
        raw,
        host,
        input,
        has_parent_port: Cell::new(!raw.parent_port.is_null()),
    };
    // One that an earlier call has caught is not of this one.
    LAST_PANIC.set(None);
    let entered = task::enter(call.task());
    let result = catch_unwind(AssertUnwindSafe(|| (registration.run)(&call)));
    drop(entered);
    // Its drop might panic, as everything of the author's might.
    let failure = match result {
        // SAFETY: the worker of this call; what is in the message is given away.
        Ok(Ok(Output(message))) => return message.give(|message| unsafe { (host.finish)(raw.worker, message) }),
        Ok(Err(error)) => Fault::from(error),
        Err(panic) => {
            let fault = Fault::of_panic(&*panic);
            // It may be anything, and panic in its turn.
            if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
                std::mem::forget(again);
            }
            fault
        }
    };
    failure.lend(|failure| {
        // SAFETY: the worker of this call; the texts are lent.
        unsafe { (host.fail)(raw.worker, failure) };
    });
}

struct Fault {
    kind: FailureKind,
    name: String,
    message: String,
    code: String,
    location: String,
    backtrace: String,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self {
            kind: error.kind,
            name: error.name,
            message: error.message,
            code: error.code,
            location: String::new(),
            backtrace: String::new(),
        }
    }
}

impl Fault {
    fn of_panic(panic: &(dyn Any + Send)) -> Self {
        let (location, backtrace) = LAST_PANIC.take().unwrap_or_default();
        let message = panic
            .downcast_ref::<&str>()
            .map(|text| text.to_string())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a panic that says nothing".into());
        Self {
            kind: FailureKind::Panic,
            name: "Error".into(),
            message,
            code: "ERR_ISOTHREADS_PANIC".into(),
            location,
            backtrace,
        }
    }

    fn lend<R>(&self, take: impl FnOnce(*const abi::Failure) -> R) -> R {
        take(&abi::Failure {
            kind: self.kind,
            name: slice(&self.name),
            message: slice(&self.message),
            code: slice(&self.code),
            location: slice(&self.location),
            backtrace: slice(&self.backtrace),
        })
    }
}

thread_local! {
    /// Where it was, and the way there.
    static LAST_PANIC: RefCell<Option<(String, String)>> = const { RefCell::new(None) };
}

/// A panic of a worker is told to its parent, and not printed. On other threads all is as it was.
fn install_panic_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if task::current().is_some() {
                remember(info);
            } else {
                previous(info);
            }
        }));
    });
}

fn remember(info: &PanicHookInfo<'_>) {
    let location = info.location().map(ToString::to_string).unwrap_or_default();
    let backtrace = author_frames(&Backtrace::force_capture().to_string());
    let _ = LAST_PANIC.try_with(|last| last.replace(Some((location, backtrace))));
}

/// The frames between the panic itself and what has called the worker's function, as a stack of JavaScript.
fn author_frames(backtrace: &str) -> String {
    let mut frames: Vec<String> = Vec::new();
    for line in backtrace.lines() {
        let line = line.trim_start();
        match (line.strip_prefix("at "), frames.last_mut()) {
            (Some(place), Some(frame)) => frame.push_str(&format!(" ({place})")),
            _ => {
                let name = line.split_once(": ").map_or(line, |(_, name)| name);
                frames.push(format!("    at {name}"));
            }
        }
    }
    let is_panic = |frame: &String| frame.contains("core::panicking::") || frame.contains("begin_panic");
    let begin = frames.iter().rposition(is_panic).map_or(0, |last| last + 1);
    let end = frames.iter().position(|frame| frame.contains("isothreads::run::run"));
    let range = begin..end.unwrap_or(frames.len());
    frames.get(range).unwrap_or(&frames).join("\n")
}

#[cfg(test)]
mod tests {
    use super::author_frames;

    #[test]
    fn a_backtrace_is_cut_to_what_the_author_has_written() {
        let backtrace = "   0: std::backtrace::Backtrace::create\n   1: core::panicking::panic_fmt\n             at /rustc/panicking.rs:1:2\n   \
             2: mine::inner\n             at ./src/lib.rs:3:4\n   3: mine::outer\n   4: isothreads::run::run\n   5: start_thread";
        assert_eq!(
            author_frames(backtrace),
            "    at mine::inner (./src/lib.rs:3:4)\n    at mine::outer"
        );
        assert_eq!(author_frames("0: alone"), "    at alone");
        assert_eq!(author_frames(""), "");
    }
}
