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

/// Writes the source's elements from `offset` on. They must fit.
pub fn copy_from<T: Element>(view: &View, source: &View, offset: usize) -> Result<(), Failure> {
    let cells = &view.cells::<T>()[offset..offset + source.length];
    with_type!(source.kind, S => if view.overlaps(source) {
        copy_aside::<S, T>(source.cells::<S>(), cells)
    } else {
        copy_apart::<S, T>(source.cells::<S>(), cells);
        Ok(())
    })
}

fn copy_apart<S: Element, T: Element + ConvertFrom<S>>(source: &[Cell<S>], cells: &[Cell<T>]) {
    threads::for_chunks(cells.len(), Cost::of_move::<T>(), |range| {
        let mut converted = [T::default(); BLOCK];
        let mut at = range.start;
        for_blocks(&source[range], |elements: &[S]| {
            let converted = &mut converted[..elements.len()];
            for (to, &element) in converted.iter_mut().zip(elements) {
                *to = T::convert(element);
            }
            blocks::write(&cells[at..at + elements.len()], converted);
            at += elements.len();
        });
    });
}

/// Reads all elements before it writes any.
fn copy_aside<S: Element, T: Element + ConvertFrom<S>>(source: &[Cell<S>], cells: &[Cell<T>]) -> Result<(), Failure> {
    let mut converted = Vec::new();
    converted
        .try_reserve_exact(cells.len())
        .map_err(|_| Failure::OutOfMemory)?;
    for_blocks(source, |elements: &[S]| {
        converted.extend(elements.iter().map(|&element| T::convert(element)));
    });
    threads::for_chunks(cells.len(), Cost::of_move::<T>(), |range| {
        blocks::write(&cells[range.clone()], &converted[range])
    });
    Ok(())
}
