//! Points in time.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::magic;

/// A point in time: JavaScript's `Date`. A number of milliseconds is accepted too.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Date(f64);

impl Date {
    /// Milliseconds since 1970 UTC; NaN is an invalid date.
    pub fn from_milliseconds(milliseconds: f64) -> Self {
        Self(milliseconds)
    }

    /// The time since 1970 UTC.
    pub fn milliseconds(self) -> f64 {
        self.0
    }

    /// `None` when it is invalid or out of range.
    pub fn to_system_time(self) -> Option<SystemTime> {
        let distance = Duration::try_from_secs_f64(self.0.abs() / 1000.0).ok()?;
        if self.0 < 0.0 {
            SystemTime::UNIX_EPOCH.checked_sub(distance)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(distance)
        }
    }
}

/// Whole milliseconds: JavaScript truncates fractions.
impl From<SystemTime> for Date {
    fn from(time: SystemTime) -> Self {
        let milliseconds = |distance: Duration| distance.as_millis() as f64;
        Self(match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => milliseconds(since),
            Err(before) => -milliseconds(before.duration()),
        })
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(magic::DATE, &self.0)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(Self)
    }
}
