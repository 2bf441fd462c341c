//! Fills and copies elements.

use super::convert::ConvertFrom;
use super::element::Element;
use super::reduce::for_blocks;
use super::threads::{self, BLOCK, Cost};
use super::{Cell, Failure, View, with_type};
use crate::shared::memory::blocks;

pub fn fill<T: Element>(cells: &[Cell<T>], value: T) {
    let block = [value; BLOCK];
    threads::for_chunks(cells.len(), Cost::of_move::<T>(), |range| {
        for cells in cells[range].chunks(BLOCK) {
            blocks::write(cells, &block[..cells.len()]);
        }
    });
}

/// Reads elements of a source and converts them. Only this is compiled for each pair of types, to keep the binary small.
type Read<T> = fn(source: &View, from: usize, into: &mut [T]);

fn read<S: Element, T: ConvertFrom<S>>(source: &View, from: usize, into: &mut [T]) {
    let mut left = into;
    for_blocks(&source.cells::<S>()[from..from + left.len()], |elements: &[S]| {
        let (converted, rest) = std::mem::take(&mut left).split_at_mut(elements.len());
        for (to, &element) in converted.iter_mut().zip(elements) {
            *to = T::convert(element);
        }
        left = rest;
    });
}

/// Writes the source's elements from `offset` on. They must fit.
pub fn copy_from<T: Element>(view: &View, source: &View, offset: usize) -> Result<(), Failure> {
    let cells = &view.cells::<T>()[offset..offset + source.length];
    let read: Read<T> = with_type!(source.kind, S => read::<S, T>);
    if view.overlaps(source) {
        return copy_aside(read, source, cells);
    }
    copy_apart(read, source, cells);
    Ok(())
}

fn copy_apart<T: Element>(read: Read<T>, source: &View, cells: &[Cell<T>]) {
    threads::for_chunks(cells.len(), Cost::of_move::<T>(), |range| {
        let mut converted = [T::default(); BLOCK];
        for at in range.clone().step_by(BLOCK) {
            let converted = &mut converted[..BLOCK.min(range.end - at)];
            read(source, at, converted);
            blocks::write(&cells[at..at + converted.len()], converted);
        }
    });
}

/// Reads all elements before it writes any.
fn copy_aside<T: Element>(read: Read<T>, source: &View, cells: &[Cell<T>]) -> Result<(), Failure> {
    let mut converted = Vec::new();
    converted
        .try_reserve_exact(cells.len())
        .map_err(|_| Failure::OutOfMemory)?;
    converted.resize(cells.len(), T::default());
    read(source, 0, &mut converted);
    threads::for_chunks(cells.len(), Cost::of_move::<T>(), |range| {
        blocks::write(&cells[range.clone()], &converted[range])
    });
    Ok(())
}
