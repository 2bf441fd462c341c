//! Copies blocks of numbers between shared memory and private memory, where plain code computes with them.
//!
//! Each function has the effect of a loop with one relaxed atomic operation per number: no number is torn, and
//! their order is unspecified. Such a loop over bytes would access one byte at a time, because a compiler does
//! not merge atomic accesses. On x86-64 a move of eight aligned bytes is a single access, and so is a locked
//! exchange of them; each number in them is therefore read, written or exchanged whole. (AMD64 Architecture
//! Programmer's Manual, volume 2, 7.3.2 "Access Atomicity".) This is assembly rather than an `AtomicU64` over
//! the bytes: Rust does not define concurrent atomic accesses of different sizes to the same bytes. The
//! assembly has no effect that the loop could not have had, and Rust requires no more of it.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64};

use super::Atomic;

/// A number that can lie in shared memory.
///
/// # Safety
/// It has the size of its cell, which is 1, 2, 4 or 8 bytes. It has no padding, and every bit pattern is valid.
pub unsafe trait Plain: Copy + 'static {
    type Cell: Atomic + Sync;

    fn load(cell: &Self::Cell) -> Self;

    fn store(self, cell: &Self::Cell);
}

macro_rules! plain {
    ($($number:ty: $cell:ty, $from_bits:expr, $to_bits:expr;)*) => {$(
        // SAFETY: a primitive number of the size of its cell.
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

/// The number of cells before the first whole word, and the number in whole words.
fn words_of<C>(cells: &[C]) -> (usize, usize) {
    if cfg!(not(all(target_arch = "x86_64", not(miri)))) {
        return (cells.len(), 0);
    }
    let before = cells.as_ptr().addr().wrapping_neg() % WORD / size_of::<C>();
    let before = before.min(cells.len());
    let each = WORD / size_of::<C>();
    (before, (cells.len() - before) / each * each)
}

/// Reads all cells. Both slices have the same length.
pub fn read<T: Plain>(cells: &[T::Cell], into: &mut [T]) {
    assert_eq!(cells.len(), into.len());
    let (before, in_words) = words_of(cells);
    let after = before + in_words;
    // SAFETY: whole words within both slices, aligned in `cells`; `into` is borrowed exclusively.
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

/// Writes all cells. Both slices have the same length.
pub fn write<T: Plain>(cells: &[T::Cell], from: &[T]) {
    assert_eq!(cells.len(), from.len());
    let (before, in_words) = words_of(cells);
    let after = before + in_words;
    // SAFETY: whole words within both slices, aligned in `cells`; atomics may be written through a shared
    // reference.
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

/// Replaces `old` with `new`, several cells at a time, and skips words that have changed. `missed` is called
/// with the index and the number of cells that were not replaced; some of these may still be unchanged.
pub fn replace<T: Plain>(cells: &[T::Cell], old: &[T], new: &[T], mut missed: impl FnMut(usize, usize)) {
    assert!(cells.len() == old.len() && cells.len() == new.len());
    let (before, in_words) = words_of(cells);
    missed(0, before);
    let each = WORD / size_of::<T>();
    let mut index = before;
    while index < before + in_words {
        // SAFETY: a whole word within all three slices, aligned in `cells`.
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
/// Both pointers are valid for `count` words, and the pointer to shared memory is aligned.
#[cfg(all(target_arch = "x86_64", not(miri)))]
unsafe fn copy_words(from: *const u64, to: *mut u64, count: usize) {
    let fours = count / 4;
    // SAFETY: reads and writes only words that the caller guarantees, each with one move.
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
    // SAFETY: exchanges only the word that the caller guarantees.
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
