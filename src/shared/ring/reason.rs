//! The reason for a ring's destruction: a text of limited length after the header's words, ended by a zero
//! byte.

use super::{DESTROYED, HAS_REASON, HEADER, LINE, REASON_LINES, Ring};
use crate::shared::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

const REASON: usize = HEADER - REASON_LINES * LINE;
const WORDS: usize = REASON_LINES * LINE;

impl Ring<'_> {
    /// As [`destroy`](Self::destroy), with a reason. The first reason stays.
    pub fn destroy_because(&self, reason: &str) {
        let mut text = [0; 4 * WORDS];
        let mut length = reason.len().min(text.len() - 1);
        while !reason.is_char_boundary(length) {
            length -= 1;
        }
        text[..length].copy_from_slice(&reason.as_bytes()[..length]);
        let mut words = text
            .chunks_exact(4)
            .map(|word| u32::from_ne_bytes([word[0], word[1], word[2], word[3]]));
        let first = words.next().unwrap_or_default();
        let cells = &self.header[REASON..HEADER];
        if first != 0 && cells[0].compare_exchange(0, first, AcqRel, Acquire).is_ok() {
            for (cell, word) in cells[1..].iter().zip(words) {
                cell.store(word, Relaxed);
            }
            self.mark(HAS_REASON | DESTROYED);
        } else {
            self.destroy();
        }
    }

    /// The reason that was given for the destruction, if any.
    pub fn reason(&self) -> Option<String> {
        if self.state() & HAS_REASON == 0 {
            return None;
        }
        let words = self.header[REASON..HEADER].iter();
        let text: Vec<u8> = words
            .flat_map(|word| word.load(Relaxed).to_ne_bytes())
            .take_while(|byte| *byte != 0)
            .collect();
        Some(String::from_utf8_lossy(&text).into_owned())
    }
}
