//! Why a value cannot be read or written, and its location within the message.

use std::fmt::{self, Display};

use serde::{de, ser};

use crate::error::Error;

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// Small, because every step of reading and writing returns it.
#[derive(Debug)]
pub(crate) struct Failure(Box<Inner>);

#[derive(Debug)]
struct Inner {
    message: String,
    /// The path to the location, innermost step first.
    path: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    Key(String),
    Index(u32),
}

/// Limits the displayed path.
const MOST_STEPS: usize = 16;

impl Failure {
    #[cold]
    pub fn new(message: impl Display) -> Self {
        Self(Box::new(Inner {
            message: message.to_string(),
            path: Vec::new(),
        }))
    }

    #[cold]
    pub fn truncated() -> Self {
        Self::new("the message ends in the middle of a value")
    }

    #[cold]
    pub fn malformed() -> Self {
        Self::new("the message is malformed")
    }

    /// For a `&str` whose text is not UTF-8 in the message: suggests types that work.
    #[cold]
    pub fn not_borrowed(mut self) -> Self {
        if self.0.message.ends_with("expected a borrowed string") {
            self.0.message.push_str(
                " (it is not ASCII, so it must be decoded: a String takes it, or a Cow<str> with #[serde(borrow)])",
            );
        }
        self
    }

    #[cold]
    pub fn in_key(mut self, key: impl Display) -> Self {
        self.0.path.push(Step::Key(key.to_string()));
        self
    }

    #[cold]
    pub fn in_element(mut self, index: u32) -> Self {
        self.0.path.push(Step::Index(index));
        self
    }
}

impl Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.message)?;
        for (position, step) in self.0.path.iter().rev().enumerate() {
            if position == MOST_STEPS {
                return formatter.write_str("...");
            }
            formatter.write_str(if position == 0 { " at " } else { "" })?;
            match step {
                Step::Key(key) if position == 0 => formatter.write_str(key)?,
                Step::Key(key) => write!(formatter, ".{key}")?,
                Step::Index(index) => write!(formatter, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message)
    }
}

impl ser::Error for Failure {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message)
    }
}

impl Failure {
    pub fn into_error(self) -> Error {
        Error::invalid_value(self.to_string())
    }
}
