//! Conversion of JavaScript values to table cells.

use isothreads::{Date, Value};

use super::json::Json;

impl TryFrom<Value> for Json {
    /// A description of a value that cannot be converted.
    type Error = &'static str;

    /// As `JSON.stringify()`, except that a BigInt becomes its digits, NaN stays NaN, and a Map becomes an object.
    fn try_from(value: Value) -> Result<Self, &'static str> {
        Ok(match value {
            Value::Undefined | Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(value) => Self::Number(value),
            Value::BigInt(value) => Self::Whole((&value).try_into().map_err(|_| "a BigInt of more than 127 bits")?),
            Value::String(value) => Self::Text(value),
            Value::Date(date) => date_of(date),
            Value::Array(list) | Value::Set(list) => {
                Self::List(list.into_iter().map(Json::try_from).collect::<Result<_, _>>()?)
            }
            Value::Object(properties) => properties_of(properties.into_iter().map(Ok))?,
            Value::Map(entries) => properties_of(entries.into_iter().map(|(key, value)| match key {
                Value::String(name) => Ok((name, value)),
                _ => Err("a Map with keys that are not strings"),
            }))?,
            Value::RegExp(_) => return Err("a RegExp"),
            Value::Error(_) => return Err("an Error"),
            Value::ArrayBuffer(_) => return Err("an ArrayBuffer"),
            Value::View(kind, _) => return Err(kind.name()),
            Value::SharedBuffer(_) | Value::SharedView(_) => return Err("shared memory"),
            _ => return Err("an instance of a class"),
        })
    }
}

fn properties_of(
    properties: impl Iterator<Item = Result<(String, Value), &'static str>>,
) -> Result<Json, &'static str> {
    let properties = properties.map(|property| {
        let (name, value) = property?;
        Ok((name, Json::try_from(value)?))
    });
    properties.collect::<Result<_, _>>().map(Json::Object)
}

/// As `toISOString()`; null for an invalid date.
fn date_of(date: Date) -> Json {
    const DAY: i64 = 86_400_000;
    let time = date.milliseconds();
    if !time.is_finite() {
        return Json::Null;
    }
    let time = time as i64;
    let (year, month, day) = calendar(time.div_euclid(DAY));
    let rest = time.rem_euclid(DAY);
    let (hour, minute, second, millisecond) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60, rest % 1000);
    let year = match year {
        0..=9999 => format!("{year:04}"),
        _ => format!("{year:+07}"),
    };
    Json::Text(format!(
        "{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z"
    ))
}

/// Year, month and day from the days since 1970: Howard Hinnant's `civil_from_days`.
fn calendar(days: i64) -> (i64, i64, i64) {
    // Counted from 1 March of the year 0, in cycles of 400 years.
    let days = days + 719_468;
    let (cycle, day_of_cycle) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year = day_of_cycle - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + 400 * cycle + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (milliseconds, text) in [
            (0.0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999.0, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000.0, "2000-02-29T00:00:00.000Z"),
            (-1.0, "1969-12-31T23:59:59.999Z"),
            (1_700_000_000_123.0, "2023-11-14T22:13:20.123Z"),
            (-62_198_755_200_000.0, "-000001-01-01T00:00:00.000Z"),
            (8.64e15, "+275760-09-13T00:00:00.000Z"),
            (-8.64e15, "-271821-04-20T00:00:00.000Z"),
        ] {
            assert_eq!(date_of(Date::from_milliseconds(milliseconds)), Json::Text(text.into()));
        }
        assert_eq!(date_of(Date::from_milliseconds(f64::NAN)), Json::Null);
    }

    #[test]
    fn values() {
        let object = Value::Object(vec![("a".into(), Value::Array(vec![Value::Undefined, 1.0.into()]))]);
        let expected = Json::Object(vec![("a".into(), Json::List(vec![Json::Null, Json::Number(1.0)]))]);
        assert_eq!(Json::try_from(object), Ok(expected));
        assert_eq!(Json::try_from(Value::BigInt((-5_i64).into())), Ok(Json::Whole(-5)));
        assert!(Json::try_from(Value::Map(vec![(1.0.into(), Value::Null)])).is_err());
        assert!(Json::try_from(Value::ArrayBuffer(Default::default())).is_err());
    }
}
