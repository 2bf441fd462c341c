//! Skips values without reading them, and finds objects that are referenced by number. Nothing here recurses, so any
//! depth is fine.

use crate::attachments::MemoryLimits;
use crate::failure::{Failure, Result};
use crate::reading::input::Input;
use crate::reading::number::BigIntBytes;
use crate::reading::text::Text;
use crate::reading::view_header::ViewHeader;
use crate::reading::webassembly::BufferEnd;
use crate::tag;

/// The positions of a message's objects, in V8's numbering order. Built when the first reference is found, because most
/// messages have none.
pub(crate) struct Objects {
    entries: Vec<Entry>,
    /// The number of values so far.
    values: u32,
}

#[derive(Clone, Copy)]
pub(crate) struct Entry {
    /// The position of its tag.
    pub start: u32,
    end: u32,
    /// The number of values in it, including itself; while it is open, the number before it.
    values: u32,
    /// For a view, the position of its buffer; else 0.
    pub buffer: u32,
    is_referred_to: bool,
    /// The buffer inside a WebAssembly memory.
    is_of_memory: bool,
}

/// A value's own memory, in bytes.
const VALUE: usize = 64;

impl Entry {
    /// The approximate memory needed to read it.
    pub fn cost(&self) -> usize {
        (self.end - self.start) as usize + VALUE * self.values as usize
    }
}

impl Objects {
    /// `input` is after the message's header.
    pub fn find(mut input: Input<'_>) -> Result<Self> {
        let mut objects = Self {
            entries: Vec::new(),
            values: 0,
        };
        pass(&mut input, Some(&mut objects))?;
        Ok(objects)
    }

    pub fn get(&self, number: u32) -> Option<Entry> {
        self.entries.get(number as usize).copied()
    }

    /// Whether there are references to the object at this position.
    pub fn is_referred_to(&self, start: u32) -> bool {
        self.at(start).is_some_and(|entry| entry.is_referred_to)
    }

    /// Whether the object at this position is the buffer inside a WebAssembly memory.
    pub fn is_of_memory(&self, start: u32) -> bool {
        self.at(start).is_some_and(|entry| entry.is_of_memory)
    }

    fn at(&self, start: u32) -> Option<&Entry> {
        let number = self.entries.binary_search_by_key(&start, |entry| entry.start);
        number.ok().and_then(|number| self.entries.get(number))
    }

    /// Records a reference to an earlier object. Returns the position of that object's tag: if it is a buffer, a view on
    /// it may follow.
    fn refer(&mut self, number: u32) -> Result<u32> {
        let entry = self.entries.get_mut(number as usize).ok_or_else(Failure::malformed)?;
        entry.is_referred_to = true;
        self.values += 1;
        Ok(entry.start)
    }

    fn begin(&mut self, start: u32, buffer: u32) -> usize {
        self.entries.push(Entry {
            start,
            end: start,
            values: self.values,
            buffer,
            is_referred_to: false,
            is_of_memory: false,
        });
        self.values += 1;
        self.entries.len() - 1
    }

    /// Records that the object ends here. Returns the position of its tag.
    fn end(&mut self, number: usize, place: u32) -> u32 {
        let entry = &mut self.entries[number];
        entry.end = place;
        entry.values = self.values - entry.values;
        entry.start
    }
}

/// An open value, and how it ends.
struct Frame {
    kind: FrameKind,
    /// Its index among the objects, if they are recorded.
    number: usize,
}

enum FrameKind {
    /// Keys and values until this tag, then this many numbers.
    Until(u8, u32),
    /// This many elements, then properties as above.
    Elements(u32),
    Error,
    /// A host object, and whether its one value was skipped.
    Host(bool),
    /// A WebAssembly.Memory, and whether its buffer was skipped.
    Memory(bool),
    /// A shared buffer, and whether the memory after it was skipped.
    Buffer(bool),
}

/// Follows the next value.
pub(crate) fn pass(input: &mut Input<'_>, mut objects: Option<&mut Objects>) -> Result<()> {
    let mut open: Vec<Frame> = Vec::new();
    loop {
        let is_of_memory = is_in_memory(&open);
        if let Some(frame) = begin(input, objects.as_deref_mut(), is_of_memory)? {
            open.push(frame);
        }
        loop {
            let Some(frame) = open.last_mut() else {
                return Ok(());
            };
            if !frame.kind.is_at_end(input)? {
                break;
            }
            let start = objects
                .as_deref_mut()
                .map_or(0, |objects| objects.end(frame.number, input.place()));
            let is_buffer = matches!(frame.kind, FrameKind::Buffer(_));
            open.pop();
            if is_buffer && !is_in_memory(&open) {
                pass_view(input, objects.as_deref_mut(), start)?;
            }
        }
    }
}

/// Whether the next value is the buffer inside a WebAssembly memory, which a view cannot follow.
fn is_in_memory(open: &[Frame]) -> bool {
    matches!(open.last(), Some(frame) if matches!(frame.kind, FrameKind::Memory(_)))
}

impl FrameKind {
    /// Returns false when another value follows; true when it is complete, and `input` is after it.
    fn is_at_end(&mut self, input: &mut Input<'_>) -> Result<bool> {
        match self {
            Self::Elements(0) => {
                *self = Self::Until(tag::DENSE_END, 2);
                self.is_at_end(input)
            }
            Self::Elements(left) => {
                *left -= 1;
                Ok(false)
            }
            Self::Until(end, numbers) => {
                if !input.skip_tag(*end) {
                    return Ok(false);
                }
                for _ in 0..*numbers {
                    input.varint()?;
                }
                Ok(true)
            }
            Self::Error => loop {
                match input.byte()? {
                    tag::error::END => return Ok(true),
                    tag::error::CAUSE => return Ok(false),
                    tag::error::MESSAGE | tag::error::STACK => {
                        Text::read_tagged(input)?;
                    }
                    class if tag::error::is_class(class) => {}
                    _ => return Err(Failure::malformed()),
                }
            },
            Self::Host(is_passed) | Self::Memory(is_passed) | Self::Buffer(is_passed) => {
                Ok(std::mem::replace(is_passed, true))
            }
        }
    }
}

/// A value, up to its nested values.
fn begin(input: &mut Input<'_>, mut objects: Option<&mut Objects>, is_of_memory: bool) -> Result<Option<Frame>> {
    let mut tag = input.tag()?;
    while tag == tag::VERIFY_COUNT {
        input.varint()?;
        tag = input.tag()?;
    }
    let start = input.place() - 1;
    if pass_primitive(input, tag)? {
        if let Some(objects) = objects {
            objects.values += 1;
        }
        return Ok(None);
    }
    let buffer = if tag == tag::REFERENCE {
        let number = input.varint()?;
        match objects.as_deref_mut() {
            Some(objects) => objects.refer(number)?,
            None => 0,
        }
    } else {
        let number = objects.as_deref_mut().map_or(0, |objects| {
            let number = objects.begin(start, 0);
            objects.entries[number].is_of_memory = is_of_memory;
            number
        });
        if let Some(kind) = begin_object(input, tag, is_of_memory)? {
            return Ok(Some(Frame { kind, number }));
        }
        if let Some(objects) = objects.as_deref_mut() {
            objects.end(number, input.place());
        }
        start
    };
    if !is_of_memory {
        pass_view(input, objects, buffer)?;
    }
    Ok(None)
}

/// Skips a view on the buffer at this position, if one comes next.
fn pass_view(input: &mut Input<'_>, objects: Option<&mut Objects>, buffer: u32) -> Result<()> {
    if input.skip_tag(tag::VIEW) {
        let view = input.place() - 1;
        ViewHeader::read(input)?;
        if let Some(objects) = objects {
            let number = objects.begin(view, buffer);
            objects.end(number, input.place());
        }
    }
    Ok(())
}

/// Returns false for the tag of an object or a reference.
fn pass_primitive(input: &mut Input<'_>, tag: u8) -> Result<bool> {
    match tag {
        tag::UNDEFINED | tag::NULL | tag::HOLE | tag::TRUE | tag::FALSE => {}
        tag::INT32 | tag::UINT32 => {
            input.varint()?;
        }
        tag::DOUBLE => {
            input.double()?;
        }
        tag::BIGINT => {
            BigIntBytes::read(input)?;
        }
        tag::ONE_BYTE | tag::TWO_BYTE | tag::UTF8 => {
            Text::read(input, tag)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Returns `None` when it has no nested values; then it was skipped.
fn begin_object(input: &mut Input<'_>, tag: u8, is_of_memory: bool) -> Result<Option<FrameKind>> {
    match tag {
        tag::OBJECT => return Ok(Some(FrameKind::Until(tag::OBJECT_END, 1))),
        tag::MAP => return Ok(Some(FrameKind::Until(tag::MAP_END, 1))),
        tag::SET => return Ok(Some(FrameKind::Until(tag::SET_END, 1))),
        tag::DENSE => return Ok(Some(FrameKind::Elements(input.varint()?))),
        tag::SPARSE => {
            input.varint()?;
            return Ok(Some(FrameKind::Until(tag::SPARSE_END, 2)));
        }
        tag::ERROR => return Ok(Some(FrameKind::Error)),
        tag::HOST_OBJECT => {
            let is_in_place = matches!(input.varint()?, tag::VALUE_IN_PLACE | tag::PLAIN_IN_PLACE);
            return Ok(is_in_place.then_some(FrameKind::Host(false)));
        }
        tag::TRUE_OBJECT | tag::FALSE_OBJECT => {}
        tag::DATE | tag::NUMBER_OBJECT => {
            input.double()?;
        }
        tag::BIGINT_OBJECT => {
            BigIntBytes::read(input)?;
        }
        tag::STRING_OBJECT => {
            Text::read_tagged(input)?;
        }
        tag::REGEXP => {
            Text::read_tagged(input)?;
            input.varint()?;
        }
        tag::ARRAY_BUFFER | tag::RESIZABLE_BUFFER => {
            let length = input.length()?;
            if tag == tag::RESIZABLE_BUFFER {
                input.length()?;
            }
            input.take(length)?;
        }
        tag::TRANSFERRED_BUFFER | tag::WASM_MODULE => {
            input.varint()?;
        }
        tag::SHARED_BUFFER => {
            input.varint()?;
            let end = BufferEnd::read(input, is_of_memory);
            return Ok(end.is_before_memory.then_some(FrameKind::Buffer(false)));
        }
        tag::WASM_MEMORY => {
            MemoryLimits::read(input)?;
            return Ok(Some(FrameKind::Memory(false)));
        }
        _ => return Err(Failure::new(format_args!("the message has an unknown tag: {tag:#04x}"))),
    }
    Ok(None)
}
