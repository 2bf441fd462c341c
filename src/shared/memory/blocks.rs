//! Many numbers of shared memory at once: to private memory, where plain code computes with them,
//! and back.
//!
//! What the functions here do is what a loop over the numbers would, with one relaxed atomic
//! operation for each: none is torn, and nothing is promised of their order. The loop would touch
//! one byte at a time where the numbers are bytes, and no compiler makes it touch more: it must not
//! assume that the machine has an instruction for eight atomic bytes. This file knows it: on x86-64
//! a move of eight aligned bytes is one access, and so is a locked exchange of them; therefore each
//! number in them is read, written or exchanged whole. (AMD64 Architecture Programmer's Manual,
//! volume 2, 7.3.2 "Access Atomicity".) It is assembly, not an `AtomicU64` over the bytes: Rust says
//! nothing of atomics of different sizes on the same bytes at the same time, but the assembly does
//! nothing that the loop could not have done, which is all that Rust asks of it.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64};

use super::Cell;

/// A number that can lie in shared memory.
///
/// # Safety
/// It has the size of its cell, which is 1, 2, 4 or 8 bytes, no padding, and all patterns of bits
/// are valid.
pub unsafe trait Plain: Copy + 'static {
    type Cell: Cell + Sync;

    fn load(cell: &Self::Cell) -> Self;

    fn store(self, cell: &Self::Cell);
}

macro_rules! plain {
    ($($number:ty: $cell:ty, $from_bits:expr, $to_bits:expr;)*) => {$(
        // SAFETY: a number of the machine, as large as its cell.
        unsafe impl Plain for $number {
            type Cell = $cell;

            fn load(cell: &$cell) -> Self {
                $from_bits(cell.load(Relaxed))
            }

            fn store(self, cell: &$cell) {
                cell.store($to_bits(self), Relaxed);
            }
        }
    )*};
}

plain! {
    i8: AtomicU8, u8::cast_signed, i8::cast_unsigned;
    u8: AtomicU8, u8::from, u8::from;
    i16: AtomicU16, u16::cast_signed, i16::cast_unsigned;
    u16: AtomicU16, u16::from, u16::from;
    i32: AtomicU32, u32::cast_signed, i32::cast_unsigned;
    u32: AtomicU32, u32::from, u32::from;
    i64: AtomicU64, u64::cast_signed, i64::cast_unsigned;
    u64: AtomicU64, u64::from, u64::from;
    f32: AtomicU32, f32::from_bits, f32::to_bits;
    f64: AtomicU64, f64::from_bits, f64::to_bits;
}

const WORD: usize = size_of::<u64>();

/// How many cells come before the first whole word, and how many are in whole words.
fn words_of<C>(cells: &[C]) -> (usize, usize) {
    if cfg!(not(all(target_arch = "x86_64", not(miri)))) {
        return (cells.len(), 0);
    }
    let before = cells.as_ptr().addr().wrapping_neg() % WORD / size_of::<C>();
    let before = before.min(cells.len());
    let each = WORD / size_of::<C>();
    (before, (cells.len() - before) / each * each)
}

/// Reads as many cells as there are places.
pub fn read<T: Plain>(cells: &[T::Cell], into: &mut [T]) {
    assert_eq!(cells.len(), into.len());
    let (before, in_words) = words_of(cells);
    let after = before + in_words;
    // SAFETY: whole words within both slices, the cells' aligned; `into` is nobody else's.
    unsafe {
        copy_words(
            cells.as_ptr().add(before).cast(),
            into.as_mut_ptr().add(before).cast(),
            in_words * size_of::<T>() / WORD,
        );
    }
    for index in (0..before).chain(after..cells.len()) {
        into[index] = T::load(&cells[index]);
    }
}

/// Writes as many cells as there are numbers.
pub fn write<T: Plain>(cells: &[T::Cell], from: &[T]) {
    assert_eq!(cells.len(), from.len());
    let (before, in_words) = words_of(cells);
    let after = before + in_words;
    // SAFETY: whole words within both slices, the cells' aligned; cells are written through
    // a shared reference, as atomics are.
    unsafe {
        copy_words(
            from.as_ptr().add(before).cast(),
            cells.as_ptr().add(before).cast_mut().cast(),
            in_words * size_of::<T>() / WORD,
        );
    }
    for index in (0..before).chain(after..cells.len()) {
        from[index].store(&cells[index]);
    }
}

/// Puts `new` in the place of `old`, several cells at a time; what is no longer as it was is left as
/// it is. `missed` is called with the first and the number of those cells that have not been
/// replaced; it is called for cells that are as they were, too.
pub fn replace<T: Plain>(cells: &[T::Cell], old: &[T], new: &[T], mut missed: impl FnMut(usize, usize)) {
    assert!(cells.len() == old.len() && cells.len() == new.len());
    let (before, in_words) = words_of(cells);
    missed(0, before);
    let each = WORD / size_of::<T>();
    let mut index = before;
    while index < before + in_words {
        // SAFETY: a whole word within all three slices, the cells' aligned.
        let replaced = unsafe {
            replace_word(
                cells.as_ptr().add(index).cast_mut().cast(),
                old.as_ptr().add(index).cast::<u64>().read_unaligned(),
                new.as_ptr().add(index).cast::<u64>().read_unaligned(),
            )
        };
        if !replaced {
            missed(index, each);
        }
        index += each;
    }
    missed(index, cells.len() - index);
}

/// # Safety
/// Both are valid for so many words; the one that is shared is aligned.
#[cfg(all(target_arch = "x86_64", not(miri)))]
unsafe fn copy_words(from: *const u64, to: *mut u64, count: usize) {
    let fours = count / 4;
    // SAFETY: reads and writes the words that the caller vouches for, each with one move.
    unsafe {
        std::arch::asm!(
            "test {fours}, {fours}",
            "jz 3f",
            "2:",
            "mov {a}, [{from}]",
            "mov {b}, [{from} + 8]",
            "mov {c}, [{from} + 16]",
            "mov {d}, [{from} + 24]",
            "mov [{to}], {a}",
            "mov [{to} + 8], {b}",
            "mov [{to} + 16], {c}",
            "mov [{to} + 24], {d}",
            "add {from}, 32",
            "add {to}, 32",
            "dec {fours}",
            "jnz 2b",
            "3:",
            "test {rest}, {rest}",
            "jz 5f",
            "4:",
            "mov {a}, [{from}]",
            "mov [{to}], {a}",
            "add {from}, 8",
            "add {to}, 8",
            "dec {rest}",
            "jnz 4b",
            "5:",
            from = inout(reg) from => _,
            to = inout(reg) to => _,
            fours = inout(reg) fours => _,
            rest = inout(reg) count % 4 => _,
            a = out(reg) _,
            b = out(reg) _,
            c = out(reg) _,
            d = out(reg) _,
            options(nostack),
        );
    }
}

/// # Safety
/// As `copy_words`, for one word.
#[cfg(all(target_arch = "x86_64", not(miri)))]
unsafe fn replace_word(cell: *mut u64, old: u64, new: u64) -> bool {
    let replaced: u8;
    // SAFETY: exchanges the word that the caller vouches for.
    unsafe {
        std::arch::asm!(
            "lock cmpxchg [{cell}], {new}",
            "sete {replaced}",
            cell = in(reg) cell,
            new = in(reg) new,
            replaced = out(reg_byte) replaced,
            inout("rax") old => _,
            options(nostack),
        );
    }
    replaced != 0
}

/// # Safety
/// None: `words_of` finds no words here.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
unsafe fn copy_words(_from: *const u64, _to: *mut u64, count: usize) {
    debug_assert_eq!(count, 0);
}

/// # Safety
/// None: `words_of` finds no words here.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
unsafe fn replace_word(_cell: *mut u64, _old: u64, _new: u64) -> bool {
    false
}
