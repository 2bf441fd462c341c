//! Channels that reach all threads of the process by a name.

use std::time::Duration;

use isothreads_codec::abi::Status;
use isothreads_codec::{Error, MessagePort, Result, write};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::task::{Task, slice};

/// JavaScript's `BroadcastChannel`: what is posted arrives at all other channels of the name, in all threads, whether
/// they run JavaScript or Rust. Each sender's messages arrive in their order. They pass through the event loop of the
/// thread that started the worker.
///
/// It is closed when it is dropped, and what was posted before still arrives. It may be moved to your own threads.
///
/// # Examples
///
/// ```
/// use isothreads::{BroadcastChannel, ParentPort, Result, worker};
///
/// /// Keeps the last price that anyone has announced, until the market closes.
/// #[worker]
/// fn last_price(port: ParentPort) -> Result<()> {
///     let prices = BroadcastChannel::open("prices", port.task());
///     port.post("listening")?;
///     let mut last = 0.0;
///     while let Some(price) = prices.receive::<Option<f64>>()? {
///         last = price;
///     }
///     port.post(last)
/// }
/// ```
pub struct BroadcastChannel {
    name: String,
    port: MessagePort,
}

impl BroadcastChannel {
    /// Opens a channel. It hears what is posted after the worker's parent has learned of it: whoever gets a message
    /// that the worker posts to its parent from now on can rely on it.
    pub fn open(name: &str, task: &Task) -> Self {
        let host = task.host();
        // SAFETY: a referenced worker, and text that is lent; the port is given away.
        let port = unsafe { MessagePort::from_raw((host.broadcast_channel)(task.worker(), slice(name)), host) };
        Self {
            name: name.to_owned(),
            port,
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Sends a clone of the value to all other channels of the name. Never blocks. The contents of a
    /// [`Transfer`](crate::Transfer) are not copied on the way, but every receiver gets a copy.
    ///
    /// # Errors
    /// When the value cannot be cloned, or contains a `MessagePort` (`DataCloneError`), which is closed then.
    pub fn post<T: Serialize>(&self, value: T) -> Result<()> {
        let message = write(&(value,))?;
        if !message.attachments.ports.is_empty() {
            return Err(
                Error::new("a MessagePort cannot be sent through a BroadcastChannel").with_name("DataCloneError")
            );
        }
        // The other side closes only when the worker's parent ends, and the worker with it.
        let _: Status = self.port.post_message(message);
        Ok(())
    }

    /// The next message of another channel. Blocks until there is one.
    ///
    /// # Errors
    /// When the message is not a `T`, or cannot be read at all, as objects of Node cannot; when the worker must end
    /// (`ABORT_ERR`).
    pub fn receive<T: DeserializeOwned>(&self) -> Result<T> {
        self.port.receive().and_then(unwrap)
    }

    /// Like [`receive`](Self::receive), with a timeout; `None` when it expires. With a timeout of zero it does not
    /// block.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use isothreads::{BroadcastChannel, Result, Task, worker};
    ///
    /// /// Counts, and stops early when anyone says so.
    /// #[worker]
    /// fn count_up(limit: u64, task: &Task) -> Result<u64> {
    ///     let commands = BroadcastChannel::open("commands", task);
    ///     for number in 0..limit {
    ///         if let Some(command) = commands.receive_timeout::<String>(Duration::ZERO)?
    ///             && command == "stop"
    ///         {
    ///             return Ok(number);
    ///         }
    ///     }
    ///     Ok(limit)
    /// }
    /// ```
    ///
    /// # Errors
    /// As for [`receive`](Self::receive).
    pub fn receive_timeout<T: DeserializeOwned>(&self, timeout: Duration) -> Result<Option<T>> {
        self.port.receive_timeout(timeout)?.map(unwrap).transpose()
    }

    /// The messages in order, until the worker must end.
    ///
    /// # Examples
    ///
    /// ```
    /// use isothreads::{BroadcastChannel, ParentPort, Result, worker};
    ///
    /// /// Tells its parent everything that is said.
    /// #[worker]
    /// fn listen(port: ParentPort, name: String) -> Result<()> {
    ///     let channel = BroadcastChannel::open(&name, port.task());
    ///     for message in channel.messages::<String>() {
    ///         port.post(message?)?;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn messages<T: DeserializeOwned>(&self) -> impl Iterator<Item = Result<T>> {
        self.port.messages().map(|message| message.and_then(unwrap))
    }
}

/// See `broadcast_channel` in the codec's `abi`.
fn unwrap<T>(message: Option<(T,)>) -> Result<T> {
    match message {
        Some((value,)) => Ok(value),
        None => Err(Error::new("the message could not be read").with_name("DataCloneError")),
    }
}
