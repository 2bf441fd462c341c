use isothreads::{Error, Result, Task};
use serde::Deserialize;

/// `workerData`, or what `exec()` is given.
#[derive(Deserialize)]
struct Input {
    n: u32,
}

/// The largest one that a number of JavaScript's tells exactly.
const MOST: u32 = 78;

/// Some microseconds of work: between two looks at whether the task is to end.
const UNINTERRUPTED: u32 = 20;

/// The n-th Fibonacci number, by the plain recursion: { n } in, a number out.
#[isothreads::worker]
fn fib(input: Input, task: &Task) -> Result<u64> {
    if input.n > MOST {
        let message = format!(
            "n must be at most {MOST}, for a result that a number can tell. Received {}",
            input.n
        );
        return Err(Error::new(message)
            .with_name("RangeError")
            .with_code("ERR_OUT_OF_RANGE"));
    }
    interruptible(input.n, task)
}

fn interruptible(n: u32, task: &Task) -> Result<u64> {
    if n <= UNINTERRUPTED {
        return Ok(nth(n));
    }
    task.check()?;
    Ok(interruptible(n - 1, task)? + interruptible(n - 2, task)?)
}

fn nth(n: u32) -> u64 {
    if n < 2 { u64::from(n) } else { nth(n - 1) + nth(n - 2) }
}
