//! Workers for Node.js. Each function with `#[worker]` is a worker with the function's name.

use isothreads::{ParentPort, Result, Task, worker};
use serde::{Deserialize, Serialize};

/// An object in JavaScript: `{ from, to }`.
#[derive(Deserialize)]
struct Range {
    from: u64,
    to: u64,
}

/// Counts the prime numbers of a range without its end.
#[worker]
fn count_primes(range: Range, task: &Task) -> Result<u32> {
    let mut count = 0;
    for number in range.from..range.to {
        let done = number - range.from;
        if done.is_multiple_of(10_000) {
            // Returns if the result is no longer wanted. Without this check the function cannot be stopped.
            task.check()?;
            task.report(done as f64 / (range.to - range.from) as f64)?;
        }
        count += u32::from(is_prime(number));
    }
    Ok(count)
}

fn is_prime(number: u64) -> bool {
    let mut divisors = (2..).take_while(|divisor| *divisor <= number / divisor);
    number > 1 && divisors.all(|divisor| !number.is_multiple_of(divisor))
}

#[derive(Serialize)]
struct Summary {
    count: u32,
    sum: f64,
    mean: f64,
}

/// Answers each number with the count, the sum and the mean of all numbers so far. `null` ends it.
#[worker]
fn statistics(port: ParentPort) -> Result<()> {
    let (mut count, mut sum) = (0, 0.0);
    for message in port.messages::<Option<f64>>() {
        let Some(number) = message? else { break };
        count += 1;
        sum += number;
        let mean = sum / f64::from(count);
        port.post(Summary { count, sum, mean })?;
    }
    Ok(())
}
