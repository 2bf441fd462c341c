//! Why a worker's function has no result.

use std::fmt;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error as JavaScript gets it: an `Error` with this name, message and `code`. Made of any other error
/// with `?`.
#[derive(Debug)]
pub struct Error {
    pub(crate) name: String,
    pub(crate) message: String,
    pub(crate) code: String,
    pub(crate) kind: crate::abi::FailureKind,
}

impl Error {
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            name: "Error".into(),
            message: message.into(),
            code: String::new(),
            kind: crate::abi::FailureKind::Error,
        }
    }

    /// A value that is not what was expected, or cannot be cloned.
    pub(crate) fn clone(message: impl Into<String>) -> Self {
        Self {
            name: "TypeError".into(),
            code: "ERR_INVALID_ARG_VALUE".into(),
            kind: crate::abi::FailureKind::Clone,
            ..Self::new(message)
        }
    }

    /// The worker, or the task, is to end. A function that sees it returns it.
    pub fn terminated() -> Self {
        Self {
            name: "AbortError".into(),
            code: "ABORT_ERR".into(),
            kind: crate::abi::FailureKind::Terminated,
            ..Self::new("the worker is to end")
        }
    }

    /// The name of JavaScript's class, `RangeError` say.
    pub fn with_name(self, name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..self
        }
    }

    /// As Node's `error.code`.
    pub fn with_code(self, code: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            ..self
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn code(&self) -> &str {
        &self.code
    }

    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

/// Every other error, with the errors that caused it in its message. (That is why `Error` itself is not a
/// `std::error::Error`: the two would contradict each other.)
impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message = format!("{message}: {cause}");
            source = cause.source();
        }
        Self::new(message)
    }
}
