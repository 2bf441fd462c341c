use isothreads::{Error, Result, Task};
use serde::Deserialize;

/// `workerData`, or the argument of `exec()`.
#[derive(Deserialize)]
struct Input {
    n: u32,
}

/// The largest n whose result a JavaScript number represents exactly.
const MOST: u32 = 78;

/// A few microseconds of work between two checks for cancellation.
const UNINTERRUPTED: u32 = 20;

/// The n-th Fibonacci number by plain recursion. Takes { n }, returns a number.
#[isothreads::worker]
fn fib(input: Input, task: &Task) -> Result<u64> {
    if input.n > MOST {
        let message = format!(
            "n must be at most {MOST}, so that a number can represent the result. Received {}",
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
