//! A place in a message, and what is known of it: the way to the next value.

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
    /// Whether there is a byte in the message that may begin one; None until it is asked.
    may_have_references: Option<bool>,
    /// Made when the first reference is met.
    objects: Option<Objects>,
    /// How much memory may be taken by what is read once more because of references, so that a few of them cannot
    /// stand for very much. None until it is asked.
    budget: Option<usize>,
    /// As many holes may still be read as undefined: they take no bytes.
    pub holes: u32,
}

const MOST_HOLES: u32 = 1 << 16;

impl Received {
    /// The value, as a type of one's own. Borrows from the message where the type does.
    ///
    /// # Errors
    /// When the value is no `T`; what it says names the place. When what the message transfers, or a port
    /// in it, was taken out before.
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

/// Whatever the message, so much may be read once more.
pub(crate) const LEAST_BUDGET: usize = 64 << 20;

fn budget(message: &Received) -> usize {
    let beside: usize = message.array_buffers.iter().map(|slot| slot.len()).sum();
    LEAST_BUDGET + message.bytes.len().saturating_mul(16) + beside.saturating_mul(8)
}

/// In front of a value, and what may be read again from there on.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    at: usize,
    budget: Option<usize>,
}

/// A value whose tag was read. To be closed when it was read to its end.
#[derive(Clone, Copy)]
pub(crate) struct Opened {
    pub tag: u8,
    /// It is an object of the JavaScript half's classes, and what is read is what that is made of.
    pub is_composite: bool,
    /// Where to go on afterwards, when it was referred to; else 0.
    back: u32,
    /// When it is the buffer of a view that was referred to, the place of the view; else 0.
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
    /// The tag of the next value. References are followed; objects of the JavaScript half's classes are
    /// what they are made of.
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
                    // Of buffers, what is looked at counts.
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

    /// Where the next value is, to look at it before it is read.
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

    /// Whether the message has references to the object that begins there.
    pub fn is_referred_to(&mut self, start: u32) -> Result<bool> {
        let input = &self.input;
        let may_have_references = self
            .may_have_references
            .get_or_insert_with(|| input.contains(tag::REFERENCE));
        Ok(*may_have_references && self.objects()?.is_referred_to(start))
    }

    /// Whether the shared buffer that begins there is inside of its WebAssembly memory.
    pub fn is_of_memory(&mut self, start: u32) -> Result<bool> {
        Ok(self.objects()?.is_of_memory(start))
    }

    /// So many bytes are taken by what is read again.
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
