//! Threads of a library's own.

use std::thread;

use isothreads::{ParentPort, Result, worker};

/// A thread that outlives the function posts what it gets when the function has returned.
#[worker]
fn leaver(port: ParentPort) -> Result<()> {
    port.post("left")?;
    thread::spawn(move || {
        while port.receive::<String>().is_ok() {}
        drop(port);
    });
    Ok(())
}
