//! The environment variables of a worker with a separate `env`, once it has shared them with workers that it starts.
//! All threads that share them see each other's changes, as with the process's variables.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Names and values. As in Node, their order is unspecified.
#[derive(Debug, Default)]
pub struct Variables(Mutex<BTreeMap<String, String>>);

impl Variables {
    pub fn new(entries: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(Mutex::new(entries.into_iter().collect()))
    }

    // A poisoned lock is usable, because no operation leaves the map in an inconsistent state.
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
