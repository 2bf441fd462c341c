//! Conversions between types of numbers, as in JavaScript.

/// <https://tc39.es/ecma262/#sec-numerictorawbytes>
pub trait ConvertFrom<S> {
    fn convert(number: S) -> Self;
}

/// Conversion from every element type.
pub trait ConvertFromAny:
    ConvertFrom<i8>
    + ConvertFrom<u8>
    + ConvertFrom<i16>
    + ConvertFrom<u16>
    + ConvertFrom<i32>
    + ConvertFrom<u32>
    + ConvertFrom<i64>
    + ConvertFrom<u64>
    + ConvertFrom<f32>
    + ConvertFrom<f64>
{
}

macro_rules! convert_from_any {
    ($($to:ty)*) => { $(impl ConvertFromAny for $to {})* };
}

convert_from_any! { i8 u8 i16 u16 i32 u32 i64 u64 f32 f64 }

/// Modulo 2^32. <https://tc39.es/ecma262/#sec-touint32>
fn to_uint32(number: f64) -> u32 {
    if number.abs() < 9_223_372_036_854_775_808.0 {
        return number as i64 as u32;
    }
    let bits = number.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as u32;
    // The number is its 53 digits, shifted left by `zeros`, which is largest for NaN and the infinities.
    let zeros = exponent - 1075;
    let digits = (bits & ((1 << 52) - 1)) | 1 << 52;
    let magnitude = if zeros < 32 { (digits << zeros) as u32 } else { 0 };
    if number < 0.0 {
        magnitude.wrapping_neg()
    } else {
        magnitude
    }
}

macro_rules! convert {
    ($($from:ty => $($to:ty)*, |$number:ident| $via:expr;)*) => {$($(
        impl ConvertFrom<$from> for $to {
            #[inline(always)]
            fn convert($number: $from) -> $to {
                $via as $to
            }
        }
    )*)*};
}

convert! {
    i8 => i8 u8 i16 u16 i32 u32 i64 u64 f32 f64, |number| number;
    u8 => i8 u8 i16 u16 i32 u32 i64 u64 f32 f64, |number| number;
    i16 => i8 u8 i16 u16 i32 u32 i64 u64 f32 f64, |number| number;
    u16 => i8 u8 i16 u16 i32 u32 i64 u64 f32 f64, |number| number;
    i32 => i8 u8 i16 u16 i32 u32 i64 u64 f32 f64, |number| number;
    u32 => i8 u8 i16 u16 i32 u32 i64 u64 f32 f64, |number| number;
    i64 => i8 u8 i16 u16 i32 u32 i64 u64 f32 f64, |number| number;
    u64 => i8 u8 i16 u16 i32 u32 i64 u64 f32 f64, |number| number;
    f32 => i8 u8 i16 u16 i32 u32 i64 u64, |number| to_uint32(f64::from(number));
    f64 => i8 u8 i16 u16 i32 u32 i64 u64, |number| to_uint32(number);
    f32 => f32 f64, |number| number;
    f64 => f32 f64, |number| number;
}

#[cfg(test)]
mod tests {
    use super::to_uint32;

    #[test]
    fn modulo() {
        let cases = [
            (0.0, 0),
            (-0.0, 0),
            (1.9, 1),
            (-1.9, u32::MAX),
            (4_294_967_296.0, 0),
            (-4_294_967_297.0, u32::MAX),
            (9_223_372_036_854_775_808.0, 0),
            // 2^63 + 2^11: the lowest digits that affect the result.
            (9_223_372_036_854_777_856.0, 2048),
            (-9_223_372_036_854_777_856.0, 2048_u32.wrapping_neg()),
            (1.0e20, 1_661_992_960),
            (-1.0e20, 2_632_974_336),
            (1.0e300, 0),
            (f64::NAN, 0),
            (f64::INFINITY, 0),
            (f64::NEG_INFINITY, 0),
        ];
        for (number, expected) in cases {
            assert_eq!(to_uint32(number), expected, "{number}");
        }
    }
}
