//! Elements of typed arrays.

use std::cmp::Ordering;

/// The operations that sorting and aggregating need.
pub trait Element: Copy + 'static {
    /// The order of `TypedArray.prototype.sort()`: ascending, -0 before 0. Not for NaN.
    fn order(&self, other: &Self) -> Ordering;

    fn is_nan(self) -> bool;

    fn to_f64(self) -> f64;

    /// The integer, to add up without rounding; `None` for floats.
    fn to_whole(self) -> Option<i128>;

    /// Equal for numbers that are the same key in a `Map`: -0 and 0 are equal, and so are NaNs.
    fn key(self) -> u64;
}

macro_rules! whole {
    ($($type:ty)*) => { $(
        impl Element for $type {
            #[inline]
            fn order(&self, other: &Self) -> Ordering {
                self.cmp(other)
            }

            #[inline]
            fn is_nan(self) -> bool {
                false
            }

            #[inline]
            fn to_f64(self) -> f64 {
                self as f64
            }

            #[inline]
            fn to_whole(self) -> Option<i128> {
                Some(self as i128)
            }

            #[inline]
            fn key(self) -> u64 {
                self as u64
            }
        }
    )* };
}

whole!(i8 u8 i16 u16 i32 u32 i64 u64);

macro_rules! floats {
    ($($type:ty)*) => { $(
        impl Element for $type {
            #[inline]
            fn order(&self, other: &Self) -> Ordering {
                self.total_cmp(other)
            }

            #[inline]
            fn is_nan(self) -> bool {
                self.is_nan()
            }

            #[inline]
            fn to_f64(self) -> f64 {
                self.into()
            }

            #[inline]
            fn to_whole(self) -> Option<i128> {
                None
            }

            #[inline]
            fn key(self) -> u64 {
                let number = f64::from(self);
                if number.is_nan() {
                    return f64::NAN.to_bits();
                }
                // -0 + 0 is 0.
                (number + 0.0).to_bits()
            }
        }
    )* };
}

floats!(f32 f64);
