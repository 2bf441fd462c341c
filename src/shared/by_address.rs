//! What is known about objects in shared memory, beside it.

use std::collections::HashMap;

/// Entries by address. Entries of freed memory are dropped each time the number of entries has doubled.
pub struct ByAddress<T> {
    pub entries: HashMap<usize, T>,
    due: usize,
}

impl<T> Default for ByAddress<T> {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
            due: 16,
        }
    }
}

impl<T> ByAddress<T> {
    pub fn insert(&mut self, address: usize, entry: T, is_over: impl Fn(&T) -> bool) {
        if self.entries.len() >= self.due {
            self.entries.retain(|_, entry| !is_over(entry));
            self.due = 16.max(2 * self.entries.len());
        }
        self.entries.insert(address, entry);
    }
}
