//! Why a worker's function has no result.

use std::{fmt, io};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error for JavaScript: it arrives as an `Error` with this name, message and `code`. `?` converts any other error
/// to it.
#[derive(Debug)]
pub struct Error {
    name: String,
    message: String,
    code: String,
    kind: crate::abi::FailureKind,
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

    /// For a value of an unexpected type, or one that cannot be cloned.
    #[doc(hidden)]
    pub fn invalid_value(message: impl Into<String>) -> Self {
        Self {
            name: "TypeError".into(),
            code: "ERR_INVALID_ARG_VALUE".into(),
            kind: crate::abi::FailureKind::Clone,
            ..Self::new(message)
        }
    }

    /// The worker or the task must end. A function that sees this error returns it.
    pub fn terminated() -> Self {
        Self {
            name: "AbortError".into(),
            code: "ABORT_ERR".into(),
            kind: crate::abi::FailureKind::Terminated,
            ..Self::new("the worker must end")
        }
    }

    /// The name of the JavaScript class, for example `RangeError`.
    pub fn with_name(self, name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..self
        }
    }

    /// Node's `error.code`.
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

    #[doc(hidden)]
    pub fn kind(&self) -> crate::abi::FailureKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

/// Every other error, with its chain of causes in the message. (This is why `Error` itself does not implement
/// `std::error::Error`: the two implementations would conflict.)
impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            if let Some(Origin(own)) = cause.downcast_ref() {
                return Self {
                    message,
                    name: own.name.clone(),
                    code: own.code.clone(),
                    kind: own.kind,
                };
            }
            message = format!("{message}: {cause}");
            source = cause.source();
        }
        Self::new(message)
    }
}

impl Error {
    /// For readers and writers; `?` restores the original error.
    #[doc(hidden)]
    pub fn into_io(self, kind: io::ErrorKind) -> io::Error {
        io::Error::new(kind, InIo(Origin(self)))
    }
}

/// Wraps an error inside an `io::Error`. Code that only has a `std::error::Error`, which may be borrowed, cannot
/// downcast it but can ask for its source.
#[derive(Debug)]
struct InIo(Origin);

impl fmt::Display for InIo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.0.fmt(formatter)
    }
}

impl std::error::Error for InIo {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[derive(Debug)]
struct Origin(Error);

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.code)
    }
}

impl std::error::Error for Origin {}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use super::*;

    fn passed_on(error: io::Error) -> Result<()> {
        Err(error)?
    }

    #[test]
    fn what_went_through_a_reader_is_what_it_was() {
        let error = Error::new("gone").with_name("RangeError").with_code("ERR_GONE");
        let error = passed_on(error.into_io(io::ErrorKind::BrokenPipe)).unwrap_err();
        assert_eq!(
            (error.name(), error.message(), error.code()),
            ("RangeError", "gone", "ERR_GONE")
        );
        let error = passed_on(Error::terminated().into_io(io::ErrorKind::Other)).unwrap_err();
        assert_eq!(error.kind, crate::abi::FailureKind::Terminated);
    }

    #[test]
    fn an_error_around_it_keeps_what_it_says() {
        let inner = Error::new("gone")
            .with_code("ERR_GONE")
            .into_io(io::ErrorKind::BrokenPipe);
        let outer = io::Error::other(Around(inner));
        let error = passed_on(outer).unwrap_err();
        assert_eq!(
            (error.message(), error.code()),
            ("the file cannot be packed: gone", "ERR_GONE")
        );
        let error = passed_on(io::Error::other("of another kind")).unwrap_err();
        assert_eq!((error.message(), error.code()), ("of another kind", ""));
    }

    #[test]
    fn an_error_may_borrow() {
        let mutex = Mutex::new(7);
        let guard = mutex.lock().unwrap();
        let error = Error::from(PoisonError::new(guard));
        assert!(error.message().contains("poisoned"), "{error}");
    }

    #[derive(Debug)]
    struct Around(io::Error);

    impl fmt::Display for Around {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("the file cannot be packed")
        }
    }

    impl std::error::Error for Around {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }
}
