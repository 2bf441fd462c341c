//! A position in a message, and the state for reading the next value.

use serde::de::Deserialize;

use crate::failure::{Failure, Result};
use crate::nesting::Nesting;
use crate::reading::handles::Mark;
use crate::reading::input::Input;
use crate::reading::objects::Objects;
use crate::received::Received;
use crate::tag;
use crate::tag::is_buffer;

pub(crate) struct Reader<'de> {
    pub input: Input<'de>,
    pub message: &'de Received,
    pub nesting: Nesting,
    /// Whether the message has a byte that may start a reference; `None` until needed.
    may_have_references: Option<bool>,
    /// Built when the first reference is found.
    objects: Option<Objects>,
    /// How much memory repeated references may still take. Back-references are decoded again and charged at full size,
    /// so that a few of them cannot expand to a large value. `None` until needed.
    budget: Option<usize>,
    /// How many more array holes may be read as undefined, because they take no bytes in the message.
    pub holes: u32,
}

const MOST_HOLES: u32 = 1 << 16;

impl Received {
    /// Reads the value as a `T`, which may borrow from the message.
    ///
    /// # Errors
    /// When the value is not a `T`; the error names the location. When a transferred buffer or a port in it was already
    /// taken out of the message.
    pub fn read<'de, T: Deserialize<'de>>(&'de self) -> crate::Result<T> {
        read(self).map_err(Failure::into_error)
    }
}

fn input(message: &Received) -> Result<Input<'_>> {
    Input::new(&message.bytes, message.marks_memories)
}

fn read<'de, T: Deserialize<'de>>(message: &'de Received) -> Result<T> {
    let mut reader = Reader {
        input: input(message)?,
        message,
        nesting: Nesting::new(),
        may_have_references: None,
        objects: None,
        budget: None,
        holes: MOST_HOLES,
    };
    let _mark = Mark::new();
    let value = T::deserialize(&mut reader)?;
    if reader.input.left() != 0 {
        return Err(Failure::malformed());
    }
    Ok(value)
}

/// The allowance for repeated references of any message.
pub(crate) const LEAST_BUDGET: usize = 64 << 20;

fn budget(message: &Received) -> usize {
    let attached: usize = message.array_buffers.iter().map(|slot| slot.len()).sum();
    LEAST_BUDGET + message.bytes.len().saturating_mul(16) + attached.saturating_mul(8)
}

/// Before a value, with the allowance for repeated references from there on.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    at: usize,
    budget: Option<usize>,
}

/// A value whose tag was read. Must be closed after its last byte was read.
#[derive(Clone, Copy)]
pub(crate) struct Opened {
    pub tag: u8,
    /// It is an object of one of the JavaScript half's classes, and its parts are being read.
    pub is_composite: bool,
    /// For a reference, where to continue afterwards; else 0.
    back: u32,
    /// For the buffer of a referenced view, the position of the view; else 0.
    view: u32,
}

impl Opened {
    pub fn view(&self) -> Option<usize> {
        (self.view != 0).then_some(self.view as usize)
    }

    pub fn is_reference(&self) -> bool {
        self.back != 0
    }
}

impl<'de> Reader<'de> {
    /// The tag of the next value. Follows references. For objects of the JavaScript half's classes, that of their
    /// parts.
    #[inline]
    pub fn open(&mut self) -> Result<Opened> {
        let tag = self.input.tag()?;
        let opened = Opened {
            tag,
            is_composite: false,
            back: 0,
            view: 0,
        };
        match tag {
            tag::REFERENCE | tag::HOST_OBJECT | tag::VERIFY_COUNT => self.open_other(opened),
            _ => Ok(opened),
        }
    }

    #[cold]
    fn open_other(&mut self, mut opened: Opened) -> Result<Opened> {
        loop {
            match opened.tag {
                tag::REFERENCE if opened.back == 0 => {
                    let number = self.input.varint()?;
                    opened.back = self.input.place();
                    let entry = self.objects()?.get(number).ok_or_else(Failure::malformed)?;
                    if entry.buffer == 0 {
                        self.input.at = entry.start as usize;
                    } else {
                        self.input.at = entry.buffer as usize;
                        opened.view = entry.start;
                    }
                    // For buffers, the visible part counts.
                    if !self.input.peek().is_some_and(is_buffer) {
                        self.spend(entry.cost())?;
                    }
                }
                tag::HOST_OBJECT => {
                    let mut ahead = self.input.clone();
                    match ahead.varint()? {
                        tag::VALUE_IN_PLACE => opened.is_composite = true,
                        tag::PLAIN_IN_PLACE => {}
                        _ => return Ok(opened),
                    }
                    self.input = ahead;
                }
                tag::VERIFY_COUNT => {
                    self.input.varint()?;
                }
                _ => return Ok(opened),
            }
            opened.tag = self.input.tag()?;
        }
    }

    /// The position of the next value, to inspect it before it is read.
    #[inline]
    pub fn place(&self) -> Place {
        Place {
            at: self.input.at,
            budget: self.budget,
        }
    }

    #[inline]
    pub fn go_back(&mut self, place: Place) {
        self.input.at = place.at;
        self.budget = place.budget;
    }

    #[inline]
    pub fn close(&mut self, opened: Opened) {
        if opened.back != 0 {
            self.input.at = opened.back as usize;
        }
    }

    fn objects(&mut self) -> Result<&Objects> {
        if self.objects.is_none() {
            self.objects = Some(Objects::find(input(self.message)?)?);
        }
        self.objects.as_ref().ok_or_else(Failure::malformed)
    }

    /// Whether the message has references to the object at this position.
    pub fn is_referred_to(&mut self, start: u32) -> Result<bool> {
        let input = &self.input;
        let may_have_references = self
            .may_have_references
            .get_or_insert_with(|| input.contains(tag::REFERENCE));
        Ok(*may_have_references && self.objects()?.is_referred_to(start))
    }

    /// Whether the shared buffer at this position is inside its WebAssembly memory.
    pub fn is_of_memory(&mut self, start: u32) -> Result<bool> {
        Ok(self.objects()?.is_of_memory(start))
    }

    /// Charges this many bytes to the allowance for repeated references.
    pub fn spend(&mut self, bytes: usize) -> Result<()> {
        let budget = self.budget.unwrap_or_else(|| budget(self.message));
        let left = budget.checked_sub(bytes);
        self.budget = Some(left.unwrap_or(0));
        match left {
            Some(_) => Ok(()),
            None => Err(Failure::new("the message refers to the same objects too often")),
        }
    }
}
