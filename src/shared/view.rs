//! Operations over all elements of a typed array in shared memory, while others change it.
//!
//! Every element is read and written whole. An operation that reads all elements sees each of them at some
//! moment during the operation, not all at the same moment. Additions do not lose concurrent additions.
//!
//! Elements are read to private blocks (`memory/blocks.rs`), so that the compiler can vectorise the
//! computation. Above a size the work is spread over threads (`threads.rs`).

mod add;
mod convert;
mod copy;
mod element;
mod histogram;
#[cfg(all(test, loom))]
mod loom_tests;
mod reduce;
mod sort;
#[cfg(all(test, not(loom)))]
mod table;
#[cfg(all(test, not(loom)))]
mod tests;
mod threads;

use std::mem::size_of;

use isothreads_codec::protocol::element_kind;

use self::element::Element;
use super::memory::Memory;

pub use self::threads::spawn;

/// The type of a view's elements.
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Int8 = element_kind::INT8,
    Uint8 = element_kind::UINT8,
    Int16 = element_kind::INT16,
    Uint16 = element_kind::UINT16,
    Int32 = element_kind::INT32,
    Uint32 = element_kind::UINT32,
    BigInt64 = element_kind::BIGINT64,
    BigUint64 = element_kind::BIGUINT64,
    Float32 = element_kind::FLOAT32,
    Float64 = element_kind::FLOAT64,
}

/// By their numbers.
pub const KINDS: [Kind; 10] = [
    Kind::Int8,
    Kind::Uint8,
    Kind::Int16,
    Kind::Uint16,
    Kind::Int32,
    Kind::Uint32,
    Kind::BigInt64,
    Kind::BigUint64,
    Kind::Float32,
    Kind::Float64,
];

const _: () = {
    let mut number = 0;
    while number < KINDS.len() {
        assert!(KINDS[number] as usize == number);
        number += 1;
    }
};

/// Runs `$body` with `$Type` as the type of the kind's elements.
macro_rules! with_type {
    ($kind:expr, $Type:ident => $body:expr) => {{
        use $crate::shared::view::Kind;
        match $kind {
            Kind::Int8 => with_type!(@ $Type = i8, $body),
            Kind::Uint8 => with_type!(@ $Type = u8, $body),
            Kind::Int16 => with_type!(@ $Type = i16, $body),
            Kind::Uint16 => with_type!(@ $Type = u16, $body),
            Kind::Int32 => with_type!(@ $Type = i32, $body),
            Kind::Uint32 => with_type!(@ $Type = u32, $body),
            Kind::BigInt64 => with_type!(@ $Type = i64, $body),
            Kind::BigUint64 => with_type!(@ $Type = u64, $body),
            Kind::Float32 => with_type!(@ $Type = f32, $body),
            Kind::Float64 => with_type!(@ $Type = f64, $body),
        }
    }};
    (@ $Type:ident = $type:ty, $body:expr) => {{
        type $Type = $type;
        $body
    }};
}
use with_type;

impl Kind {
    /// The size of an element in bytes.
    pub fn size(self) -> usize {
        with_type!(self, T => size_of::<T>())
    }
}

/// An element as a JavaScript value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar {
    Number(f64),
    BigInt(i128),
}

impl Scalar {
    fn to_f64(self) -> f64 {
        match self {
            Scalar::Number(number) => number,
            Scalar::BigInt(number) => number as f64,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Nothing,
    Scalar(Scalar),
    /// The smallest and the largest element, if there are any.
    Range(Option<(Scalar, Scalar)>),
    Counts(Vec<f64>),
}

/// The reason why an operation did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    OutOfBounds,
    OutOfMemory,
    /// The elements have no finite range to divide into bins.
    NoRange,
}

impl Failure {
    /// The text for users.
    pub fn message(self) -> &'static str {
        match self {
            Failure::OutOfBounds => "Invalid atomic access index",
            Failure::OutOfMemory => "Not enough memory for a copy of the elements",
            Failure::NoRange => "The range of a histogram must be finite",
        }
    }
}

/// An operation on all elements of a view. Values have the view's type already.
pub enum Operation {
    /// The elements from the first index up to the second, exclusive.
    Fill(Scalar, usize, usize),
    Sum,
    MinMax,
    AddNumber(Scalar),
    /// As many elements as the view has.
    AddElements(View),
    CountEqual(Scalar),
    Histogram {
        bins: usize,
        /// By default the smallest element.
        min: Option<Scalar>,
        /// By default the largest element.
        max: Option<Scalar>,
    },
    /// One value per index, or one for all.
    ScatterAdd {
        indices: View,
        values: Result<View, Scalar>,
    },
    AddMany {
        index: usize,
        delta: Scalar,
        times: u64,
    },
    Sort,
    /// Copies to this index and the following ones.
    CopyFrom(View, usize),
}

/// Consecutive elements in memory.
#[derive(Clone)]
pub struct View {
    memory: Memory,
    kind: Kind,
    byte_offset: usize,
    length: usize,
}

impl View {
    /// `None` when the elements are not aligned, or end outside the memory.
    pub fn new(memory: Memory, kind: Kind, byte_offset: usize, length: usize) -> Option<Self> {
        with_type!(kind, T => memory.cells::<Cell<T>>(byte_offset, length).is_some()).then_some(())?;
        Some(Self {
            memory,
            kind,
            byte_offset,
            length,
        })
    }

    /// Runs the operation here or on several threads, and waits until it is done.
    pub fn run(&self, operation: Operation) -> Result<Answer, Failure> {
        with_type!(self.kind, T => self.run_typed::<T>(operation))
    }

    fn run_typed<T: Element>(&self, operation: Operation) -> Result<Answer, Failure> {
        let cells = self.cells::<T>();
        match operation {
            Operation::Fill(value, start, end) => copy::fill(&cells[start..end], T::from_scalar(value)),
            Operation::Sum => return Ok(reduce::sum::<T>(cells)),
            Operation::MinMax => {
                let range = reduce::range::<T>(cells).map(|(min, max)| (min.scalar(), max.scalar()));
                return Ok(Answer::Range(range));
            }
            Operation::AddNumber(value) => add::add_number(cells, T::from_scalar(value)),
            Operation::AddElements(source) => add::add_elements::<T>(cells, &self.beside(source)?),
            Operation::CountEqual(value) => return Ok(reduce::count_equal(cells, T::from_scalar(value))),
            Operation::Histogram { bins, min, max } => return histogram::histogram::<T>(cells, bins, min, max),
            Operation::ScatterAdd { indices, values } => {
                let values = match values {
                    Ok(values) => Ok(self.beside(values)?),
                    Err(value) => Err(T::from_scalar(value)),
                };
                add::scatter_add(cells, &indices, values)?;
            }
            Operation::AddMany { index, delta, times } => T::from_scalar(delta).add_many_to(&cells[index], times),
            Operation::Sort => sort::sort::<T>(cells)?,
            Operation::CopyFrom(source, offset) => copy::copy_from::<T>(self, &source, offset)?,
        }
        Ok(Answer::Nothing)
    }

    /// `T` is the view's element type.
    fn cells<T: Element>(&self) -> &[Cell<T>] {
        let cells = self.memory.cells(self.byte_offset, self.length);
        cells.expect("a view was checked when it was made")
    }

    /// The source's elements in the view's own type. They are copied if writes to the view could change them.
    fn beside(&self, source: View) -> Result<View, Failure> {
        if source.kind == self.kind && (!self.overlaps(&source) || self.is_same(&source)) {
            return Ok(source);
        }
        let bytes = source.length * self.kind.size();
        let copy = View {
            memory: Memory::try_zeroed(bytes).ok_or(Failure::OutOfMemory)?,
            kind: self.kind,
            byte_offset: 0,
            length: source.length,
        };
        copy.run(Operation::CopyFrom(source, 0))?;
        Ok(copy)
    }

    fn start(&self) -> usize {
        self.memory.address() + self.byte_offset
    }

    fn end(&self) -> usize {
        self.start() + self.length * self.kind.size()
    }

    fn overlaps(&self, other: &View) -> bool {
        self.start() < other.end() && other.start() < self.end()
    }

    fn is_same(&self, other: &View) -> bool {
        self.start() == other.start() && self.end() == other.end() && self.kind == other.kind
    }
}

type Cell<T> = <T as super::memory::blocks::Plain>::Cell;
