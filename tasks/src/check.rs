//! Checks of arguments. The errors have Node's names, codes and wording.

use std::ops::RangeInclusive;

use isothreads::{Error, Result};

/// JavaScript's `Number.MAX_SAFE_INTEGER`.
pub const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// A whole number within the range.
pub fn integer(name: &str, value: f64, range: RangeInclusive<i64>) -> Result<i64> {
    if value.fract() != 0.0 || !value.is_finite() {
        return Err(out_of_range(name, "an integer", value));
    }
    // Saturates at the limits of i64, which no range here contains.
    let whole = value as i64;
    if !range.contains(&whole) {
        return Err(out_of_range(name, &bounds(range.start(), range.end()), value));
    }
    Ok(whole)
}

/// As [`integer`], for numbers that are not negative.
pub fn size(name: &str, value: f64, range: RangeInclusive<u64>) -> Result<usize> {
    let (start, end) = range.into_inner();
    let whole = integer(
        name,
        value,
        start.min(MAX_SAFE_INTEGER) as i64..=end.min(MAX_SAFE_INTEGER) as i64,
    )?;
    usize::try_from(whole).map_err(|_| out_of_range(name, "smaller on this machine", value))
}

/// Any number within the range.
pub fn number(name: &str, value: f64, range: RangeInclusive<f64>) -> Result<f64> {
    if !range.contains(&value) {
        return Err(out_of_range(name, &bounds(range.start(), range.end()), value));
    }
    Ok(value)
}

fn bounds(start: impl ToString, end: impl ToString) -> String {
    format!(">= {} && <= {}", start.to_string(), end.to_string())
}

fn out_of_range(name: &str, allowed: &str, received: f64) -> Error {
    let received = show(received);
    range_error(
        "ERR_OUT_OF_RANGE",
        format!("The value of \"{name}\" is out of range. It must be {allowed}. Received {received}"),
    )
}

/// Finds the meaning of a word in a table.
pub fn one_of<T: Copy>(name: &str, value: &str, table: &[(&str, T)]) -> Result<T> {
    match table.iter().find(|(word, _)| *word == value) {
        Some((_, meaning)) => Ok(*meaning),
        None => {
            let words: Vec<_> = table.iter().map(|(word, _)| format!("'{word}'")).collect();
            Err(invalid(
                name,
                &format!("must be one of: {}. Received '{}'", words.join(", "), shorten(value)),
            ))
        }
    }
}

/// The error for an invalid argument whose reason needs a sentence.
pub fn invalid(name: &str, reason: &str) -> Error {
    type_error("ERR_INVALID_ARG_VALUE", format!("The argument '{name}' {reason}"))
}

pub fn type_error(code: &str, message: impl Into<String>) -> Error {
    Error::new(message).with_name("TypeError").with_code(code)
}

pub fn range_error(code: &str, message: impl Into<String>) -> Error {
    Error::new(message).with_name("RangeError").with_code(code)
}

/// Formats a number as JavaScript does.
pub fn show(number: f64) -> String {
    ryu_js::Buffer::new().format(number).to_owned()
}

/// Cuts the caller's text to a length that fits an error message.
pub fn shorten(text: &str) -> String {
    const LONGEST: usize = 64;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers() {
        assert_eq!(integer("level", -1.0, -1..=9).unwrap(), -1);
        assert_eq!(size("width", 9.0, 1..=9).unwrap(), 9);
        for value in [0.0, 10.0, -1.0, 1e300, -1e300, 1.5, f64::NAN, f64::INFINITY] {
            let error = size("width", value, 1..=9).unwrap_err();
            assert_eq!((error.name(), error.code()), ("RangeError", "ERR_OUT_OF_RANGE"));
        }
        assert_eq!(
            integer("iterations", 0.0, 1..=2147483647).unwrap_err().message(),
            "The value of \"iterations\" is out of range. It must be >= 1 && <= 2147483647. Received 0"
        );
        assert_eq!(
            integer("keylen", 1.5, 0..=9).unwrap_err().message(),
            "The value of \"keylen\" is out of range. It must be an integer. Received 1.5"
        );
    }

    #[test]
    fn any_numbers() {
        assert_eq!(number("sigma", 0.5, 0.3..=9.0).unwrap(), 0.5);
        for value in [0.29, 9.1, f64::NAN] {
            assert_eq!(
                number("sigma", value, 0.3..=9.0).unwrap_err().code(),
                "ERR_OUT_OF_RANGE"
            );
        }
    }

    #[test]
    fn words() {
        let table = [("png", 1), ("jpeg", 2)];
        assert_eq!(one_of("format", "jpeg", &table).unwrap(), 2);
        let error = one_of("format", "gif", &table).unwrap_err();
        assert_eq!((error.name(), error.code()), ("TypeError", "ERR_INVALID_ARG_VALUE"));
        assert_eq!(
            error.message(),
            "The argument 'format' must be one of: 'png', 'jpeg'. Received 'gif'"
        );
        assert!(one_of("format", &"é".repeat(1000), &table).unwrap_err().message().len() < 250);
    }
}
