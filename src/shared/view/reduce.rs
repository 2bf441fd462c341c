//! Operations that reduce all elements to one value.

use super::element::Element;
use super::threads::{self, BLOCK, Cost};
use super::{Answer, Cell, Scalar};
use crate::shared::memory::blocks;

/// Calls `task` with each block in order.
pub fn for_blocks<T: Element>(cells: &[Cell<T>], mut task: impl FnMut(&[T])) {
    let mut block = [T::default(); BLOCK];
    for cells in cells.chunks(BLOCK) {
        let block = &mut block[..cells.len()];
        blocks::read(cells, block);
        task(block);
    }
}

/// Joins the results of `task` for all blocks in order. The result does not depend on the number of threads.
fn reduce<T: Element, R: Send + Sync>(
    cells: &[Cell<T>],
    task: impl Fn(&[T]) -> R + Sync,
    join: impl Fn(R, R) -> R + Sync,
) -> Option<R> {
    let parts = threads::map(cells.len(), Cost::of_move::<T>(), |range| {
        let mut result = None;
        for_blocks(&cells[range], |block| {
            let next = task(block);
            result = Some(match result.take() {
                Some(result) => join(result, next),
                None => next,
            });
        });
        result
    });
    parts.into_iter().flatten().reduce(&join)
}

pub fn sum<T: Element>(cells: &[Cell<T>]) -> Answer {
    T::answer(reduce(cells, T::sum, |a, b| a + b).unwrap_or_default())
}

pub fn range<T: Element>(cells: &[Cell<T>]) -> Option<(T, T)> {
    reduce(cells, T::range, |a, b| (a.0.lesser(b.0), a.1.greater(b.1)))
}

pub fn count_equal<T: Element>(cells: &[Cell<T>], value: T) -> Answer {
    let count = reduce(cells, |block| T::count(block, value), |a, b| a + b);
    Answer::Scalar(Scalar::Number(count.unwrap_or_default() as f64))
}
