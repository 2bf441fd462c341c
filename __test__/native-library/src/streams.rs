//! Byte streams in shared memory, and `Once`.

use std::io::{Read, Write};
use std::time::Duration;

use isothreads::shared::{Once, SharedRing};
use isothreads::{AtomicView, Error, ParentPort, Result, worker};
use serde::Deserialize;

#[derive(Deserialize)]
struct Rings {
    input: SharedRing,
    output: SharedRing,
}

/// Forwards the bytes that it reads, inverted. Returns their number.
#[worker]
fn inverter(rings: Rings) -> Result<f64> {
    let (mut reader, mut writer) = (rings.input.reader()?, rings.output.writer()?);
    let (mut bytes, mut total) = ([0; 1000], 0);
    loop {
        let count = reader.read(&mut bytes)?;
        if count == 0 {
            writer.end();
            return Ok(f64::from(total));
        }
        total += count as u32;
        for byte in &mut bytes[..count] {
            *byte = !*byte;
        }
        writer.write_all(&bytes[..count])?;
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Leaving {
    Drop,
    Panic,
    Release,
    Destroy,
    TimeOut,
    Again,
}

#[derive(Deserialize)]
struct Leaver {
    ring: SharedRing,
    how: Leaving,
}

/// Writes, and leaves the ring without an end in one of several ways.
#[worker]
fn ring_leaver(Leaver { ring, how }: Leaver) -> Result<()> {
    let mut writer = ring.writer()?;
    writer.write_all(b"half")?;
    match how {
        Leaving::Drop => {}
        Leaving::Panic => panic!("with the ring"),
        Leaving::Release => writer.release(),
        Leaving::Destroy => ring.destroy("the file is göne"),
        Leaving::TimeOut => {
            writer.set_timeout(Some(Duration::from_millis(1)));
            writer.write_all(&[0; 64])?;
        }
        Leaving::Again => {
            writer.release();
            let writer = ring.writer()?;
            writer.end();
        }
    }
    Ok(())
}

/// Reads a byte, reports it, and ends on request.
#[worker]
fn ring_sipper(port: ParentPort, ring: SharedRing) -> Result<()> {
    let mut reader = ring.reader()?;
    let mut byte = [0];
    reader.read_exact(&mut byte)?;
    port.post(byte[0])?;
    port.receive::<()>()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Doing {
    Count,
    Fail,
    Panic,
    Nest,
    Hold,
}

#[derive(Deserialize)]
struct OnceTask {
    once: Once,
    count: AtomicView<i32>,
    how: Doing,
}

/// Counts by a `Once`. Returns whether this worker ran it, and the state that it got.
#[worker]
fn once_doer(port: ParentPort, OnceTask { once, count, how }: OnceTask) -> Result<()> {
    let mut is_poisoned = false;
    let has_run = once.call(|state| {
        is_poisoned = state.is_poisoned();
        count.add(0, 1);
        match how {
            Doing::Count => Ok(()),
            Doing::Fail => Err(Error::new("it failed")),
            Doing::Panic => panic!("in the middle"),
            Doing::Nest => once.call(|_| Ok(())).map(drop),
            Doing::Hold => {
                port.post("at it")?;
                port.receive::<()>()
            }
        }
    })?;
    port.post((has_run, is_poisoned, once.is_done()))
}

/// Waits until it is done, for at most a millisecond.
#[worker]
fn once_waiter(once: Once) -> Result<Option<bool>> {
    once.call_timeout(Duration::from_millis(1), |_| Ok(()))
}
