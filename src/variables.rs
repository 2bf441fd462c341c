//! Environment variables of a worker with an `env` of its own, once it has shared them with
//! workers that it starts. All threads that have them see one another's changes, as with those of
//! the process.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Names and values; as in Node, their order means nothing.
#[derive(Debug, Default)]
pub struct Variables(Mutex<BTreeMap<String, String>>);

impl Variables {
    pub fn new(entries: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(Mutex::new(entries.into_iter().collect()))
    }

    // No operation leaves the map half done.
    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn get(&self, name: &str) -> Option<String> {
        self.entries().get(name).cloned()
    }

    pub fn set(&self, name: String, value: String) {
        self.entries().insert(name, value);
    }

    pub fn remove(&self, name: &str) {
        self.entries().remove(name);
    }

    pub fn names(&self) -> Vec<String> {
        self.entries().keys().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Variables;

    #[test]
    fn a_variable_is_what_was_set_last() {
        let variables = Variables::new([("A".into(), "1".into()), ("B".into(), "2".into())]);
        variables.set("C".into(), "3".into());
        variables.set("A".into(), "4".into());
        variables.remove("B");
        variables.remove("never there");
        assert_eq!(variables.names(), ["A", "C"]);
        assert_eq!(variables.get("A").as_deref(), Some("4"));
        assert_eq!(variables.get("B"), None);
    }
}
