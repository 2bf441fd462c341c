//! Runs a worker's function: reads its argument, catches its panics, and passes on its result.

use std::any::Any;
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;

use isothreads_codec::abi::{self, FailureKind};
use isothreads_codec::{Error, Message, MessagePort, Received, Result, nesting, write};
use serde::{Deserialize, Serialize};

use crate::port::ParentPort;
use crate::task::{self, Task, slice};

/// A worker of this library, created by the attribute macro.
pub struct Registration {
    pub name: &'static str,
    pub description: &'static str,
    pub is_conversation: bool,
    pub takes_input: bool,
    /// Calls the function and makes a message of its result.
    pub run: fn(&Call<'_>) -> Result<Output>,
}

inventory::collect!(Registration);

/// The parameter of a call; the attribute macro extracts the function's arguments from it.
pub struct Call<'a> {
    registration: &'static Registration,
    raw: &'a abi::Call,
    host: &'static abi::Host,
    input: Received,
    has_parent_port: Cell<bool>,
}

/// The function's result.
pub struct Output(Message);

impl Call<'_> {
    /// The argument, which may borrow from the message.
    pub fn input<'de, T: Deserialize<'de>>(&'de self) -> Result<T> {
        let explain = |error: Error| {
            let message = format!(
                "invalid argument for worker '{}': {}",
                self.registration.name,
                error.message()
            );
            Error::invalid_value(message)
        };
        self.input.read().map_err(explain)
    }

    pub fn task(&self) -> Task {
        Task::new(self.raw, self.host)
    }

    /// Once per call.
    pub fn parent_port(&self) -> Result<ParentPort> {
        if !self.has_parent_port.replace(false) {
            return Err(Error::new("this worker is a conversation, which only a Worker can run"));
        }
        // SAFETY: a port that was given away to this call and is taken once.
        let port = unsafe { MessagePort::from_raw(self.raw.parent_port, self.host) };
        Ok(ParentPort::new(port, self.task()))
    }

    pub fn output<T: Serialize>(&self, value: T) -> Result<Output> {
        write(&value).map(Output)
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if self.has_parent_port.get() {
            // SAFETY: given away to this call and not taken.
            drop(unsafe { MessagePort::from_raw(self.raw.parent_port, self.host) });
        }
    }
}

/// # Safety
/// `context` is a `Registration`, and `call` is valid during this call.
pub(crate) unsafe extern "C" fn run(context: *const c_void, call: *const abi::Call) {
    // SAFETY: by the contract above; the table of functions lives forever.
    let (registration, raw, host) = unsafe { (&*context.cast::<Registration>(), &*call, &*(*call).host) };
    install_panic_hook();
    nesting::set_stack_size(raw.stack_size);
    // SAFETY: the input is given away.
    let input = Received::new(unsafe { Message::from_raw(&raw.input, host) });
    let call = Call {
        registration,
        raw,
        host,
        input,
        has_parent_port: Cell::new(!raw.parent_port.is_null()),
    };
    // A panic that an earlier call has caught does not belong to this call.
    LAST_PANIC.set(None);
    let entered = task::enter(call.task());
    let result = catch_unwind(AssertUnwindSafe(|| (registration.run)(&call)));
    drop(entered);
    // Its drop may panic, like any code of the author.
    let failure = match result {
        // SAFETY: the worker of this call; the contents of the message are given away.
        Ok(Ok(Output(message))) => return message.give(|message| unsafe { (host.finish)(raw.worker, message) }),
        Ok(Err(error)) => Fault::from(error),
        Err(panic) => {
            let fault = Fault::of_panic(&*panic);
            // The payload may be anything, and may panic when dropped.
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
            kind: error.kind(),
            name: error.name().to_owned(),
            message: error.message().to_owned(),
            code: error.code().to_owned(),
            location: String::new(),
            backtrace: String::new(),
        }
    }
}

impl Fault {
    fn of_panic(panic: &(dyn Any + Send)) -> Self {
        let message = message_of(panic).unwrap_or(UNKNOWN).to_owned();
        // A panic resumed from another thread was not recorded; the recorded one may be another panic.
        let seen = LAST_PANIC
            .take()
            .filter(|seen| seen.message == message)
            .unwrap_or_default();
        Self {
            kind: FailureKind::Panic,
            name: "Error".into(),
            message,
            code: "ERR_ISOTHREADS_PANIC".into(),
            location: seen.location,
            backtrace: seen.backtrace,
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

/// For a panic whose payload is not text.
const UNKNOWN: &str = "panic with a non-string payload";

/// The argument of `panic!`.
fn message_of(panic: &(dyn Any + Send)) -> Option<&str> {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
}

/// A panic as the hook recorded it.
#[derive(Default)]
struct Seen {
    message: String,
    /// Its source location.
    location: String,
    /// The frames that led to it.
    backtrace: String,
}

thread_local! {
    static LAST_PANIC: RefCell<Option<Seen>> = const { RefCell::new(None) };
}

/// A worker's panic is reported to its parent instead of being printed. Panics on other threads are unaffected.
fn install_panic_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if task::current().is_none() {
                previous(info);
            } else if is_the_end(info) {
                // There is no parent to report it to.
                let seen = LAST_PANIC.take().unwrap_or_default();
                eprintln!("panicked at {}: {}\n{}", seen.location, seen.message, seen.backtrace);
                previous(info);
            } else {
                remember(info);
            }
        }));
    });
}

/// Whether std aborts the process after it: `can_unwind()`, which says so, is unstable.
fn is_the_end(info: &PanicHookInfo<'_>) -> bool {
    matches!(
        message_of(info.payload()),
        Some("panic in a destructor during cleanup" | "panic in a function that cannot unwind")
    )
}

fn remember(info: &PanicHookInfo<'_>) {
    let seen = Seen {
        message: message_of(info.payload()).unwrap_or(UNKNOWN).to_owned(),
        location: info.location().map(ToString::to_string).unwrap_or_default(),
        backtrace: author_frames(&Backtrace::force_capture().to_string()),
    };
    let _ = LAST_PANIC.try_with(|last| last.replace(Some(seen)));
}

/// The frames between the panic and the caller of the worker's function, formatted as a JavaScript stack.
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
    // Inlined frames have no path in their names, but a location if the profile requests line numbers.
    let is_any = |frame: &String, parts: &[&str]| parts.iter().any(|part| frame.contains(part));
    let is_panic = |frame: &String| is_any(frame, &["core::panicking::", "begin_panic", "/src/panicking.rs"]);
    let is_caller = |frame: &String| is_any(frame, &["__isothreads_run", "isothreads::run::run", "/sdk/src/run.rs"]);
    let begin = frames.iter().rposition(is_panic).map_or(0, |last| last + 1);
    let end = frames.iter().position(is_caller);
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
        let inlined = "   0: std::backtrace::Backtrace::create\n   1: panic_fmt\n             at /rustc/core/src/panicking.rs:1:2\n   \
             2: mine::inner\n   3: mine::_::__isothreads_run\n   4: {closure#0}\n             at /isothreads/sdk/src/run.rs:1:2";
        assert_eq!(author_frames(inlined), "    at mine::inner");
        assert_eq!(author_frames("0: alone"), "    at alone");
        assert_eq!(author_frames(""), "");
    }
}
