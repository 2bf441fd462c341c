//! Conversations on the `parentPort`.

use std::thread;
use std::time::Duration;

use isothreads::shared::{Barrier, Condvar, Latch, Mutex, SharedQueue};
use isothreads::{AtomicView, BroadcastChannel, Error, MessagePort, ParentPort, Result, Task, Transfer, Value, worker};
use serde::Deserialize;

/// Sends every message back, until the port is closed.
#[worker]
fn parrot(port: ParentPort) -> Result<()> {
    for message in port.messages::<Value>() {
        port.post(message?)?;
    }
    Ok(())
}

/// Forwards the messages of a port, until it is closed.
#[worker]
fn relay(port: ParentPort, from: MessagePort) -> Result<()> {
    for message in from.messages::<Value>() {
        port.post(message?)?;
    }
    Ok(())
}

/// Posts a value to a port.
#[worker]
fn forward((port, value): (MessagePort, Value)) -> Result<()> {
    port.post(value)
}

/// Posts its workerData, then ends by itself.
#[worker]
fn greeter(port: ParentPort, data: Value) -> Result<()> {
    port.post(data)
}

/// Answers the first message with an error.
#[worker]
fn refuser(port: ParentPort) -> Result<()> {
    let message: String = port.receive()?;
    Err(Error::new(format!("not {message}")))
}

/// Panics at the first message.
#[worker]
fn panicker(port: ParentPort) -> Result<()> {
    let numbers: Vec<u32> = port.receive()?;
    let index = numbers.len();
    port.post(numbers[index])
}

/// Gets a port, and answers there until it is closed; then notifies its parent.
#[worker]
fn porter(port: ParentPort) -> Result<()> {
    let other: MessagePort = port.receive()?;
    for message in other.messages::<f64>() {
        other.post(message? * 2.0)?;
    }
    port.post("closed")
}

/// Tells its parent what a BroadcastChannel hears, and posts there what its parent sends, until that is `null`.
#[worker]
fn broadcaster(port: ParentPort, name: String) -> Result<()> {
    let channel = BroadcastChannel::open(&name, port.task());
    port.post("ready")?;
    loop {
        match port.receive_timeout::<Option<Value>>(Duration::from_millis(1))? {
            Some(None) => return Ok(()),
            Some(Some(value)) => match channel.post(value) {
                Ok(()) => {}
                Err(error) => port.post(("refused", error.name().to_owned(), error.message().to_owned()))?,
            },
            None => {}
        }
        match channel.receive_timeout::<Value>(Duration::ZERO) {
            Ok(None) => {}
            Ok(Some(value)) => port.post(("message", value))?,
            Err(error) => port.post(("messageerror", error.name().to_owned(), error.message().to_owned()))?,
        }
    }
}

/// Waits for messages of a BroadcastChannel until it must end.
#[worker]
fn broadcast_waiter(port: ParentPort, name: String) -> Result<()> {
    let channel = BroadcastChannel::open(&name, port.task());
    port.post(channel.name())?;
    for message in channel.messages::<i32>() {
        match message {
            Ok(number) => port.post(number)?,
            Err(error) => port.post(error.message())?,
        }
    }
    port.post("must end")
}

/// Broadcasts numbers from its own thread, the last ones right before it closes the channel and ends.
#[worker]
fn broadcast_numbers((name, count): (String, u32), task: &Task) -> Result<()> {
    let channel = BroadcastChannel::open(&name, task);
    let sender = thread::spawn(move || (0..count).try_for_each(|number| channel.post(number)));
    sender.join().expect("it does not panic")
}

/// Makes a channel, posts one port, and the messages of the other one.
#[worker]
fn channel(port: ParentPort) -> Result<()> {
    let (here, there) = port.channel();
    port.post(Transfer::new(there))?;
    let message: Value = here.receive()?;
    port.post(message)
}

#[derive(Deserialize)]
struct Work {
    view: AtomicView<i32>,
    mutex: Mutex,
    threads: usize,
    times: usize,
}

/// Adds 1 to the first number without a lock, and to the second one by a read and a write with the lock, on
/// several threads.
#[worker]
fn adder(port: ParentPort, work: Work) -> Result<()> {
    let Work {
        view,
        mutex,
        threads,
        times,
    } = work;
    let add = || -> Result<()> {
        for _ in 0..times {
            view.add(0, 1);
            let _guard = mutex.lock()?;
            view.store(1, view.load(1) + 1);
        }
        Ok(())
    };
    thread::scope(|scope| {
        let started: Vec<_> = (0..threads).map(|_| scope.spawn(add)).collect();
        started
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or_else(|_| Err(Error::new("a thread panicked"))))
    })?;
    port.post("done")
}

/// Takes the lock, reports it, and panics with it at a message.
#[worker]
fn poisoner(port: ParentPort, mutex: Mutex) -> Result<()> {
    let _guard = mutex.lock()?;
    port.post("locked")?;
    let () = port.receive()?;
    panic!("with the lock")
}

/// Waits for a lock that another thread holds.
#[worker]
fn waiter(port: ParentPort, mutex: Mutex) -> Result<()> {
    port.post("waiting")?;
    let guard = mutex.lock()?;
    port.post(if guard.is_poisoned() { "poisoned" } else { "locked" })
}

#[derive(Deserialize)]
struct Meeting {
    barrier: Barrier,
    mutex: Mutex,
    condvar: Condvar,
    latch: Latch,
    view: AtomicView<i32>,
}

/// Arrives at the barrier, waits until the number is not 0, counts the latch down, and waits until it is open.
#[worker]
fn meeter(port: ParentPort, meeting: Meeting) -> Result<()> {
    let Meeting {
        barrier,
        mutex,
        condvar,
        latch,
        view,
    } = meeting;
    barrier.wait(None)?;
    port.post("passed")?;
    let mut guard = mutex.lock()?;
    while view.load(0) == 0 {
        guard = condvar.wait(guard)?;
    }
    drop(guard);
    latch.count_down(1);
    latch.wait(None)?;
    port.post("open")
}

#[derive(Deserialize)]
struct Queues {
    input: SharedQueue,
    output: SharedQueue,
}

/// Takes values out of one queue and puts them into another, until the first one is closed.
#[worker]
fn mover(queues: Queues) -> Result<u32> {
    let mut moved = 0;
    loop {
        match queues.input.pop::<Value>(None) {
            Ok(Some(value)) => {
                queues.output.push(value, None)?;
                moved += 1;
            }
            Ok(None) => {}
            Err(error) if error.code() == "ERR_ISOTHREADS_QUEUE_CLOSED" => return Ok(moved),
            Err(error) => return Err(error),
        }
    }
}
