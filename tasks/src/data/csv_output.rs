//! Writes objects as CSV (RFC 4180).

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

use isothreads::{Error, Result, Value};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::csv_input::repeated;
use super::json::Json;
use crate::check;
use crate::progress::Step;

#[derive(Debug, Clone)]
pub struct Format {
    /// The columns in their order. By default all, in the order of their first occurrences.
    pub columns: Option<Vec<String>>,
    pub delimiter: u8,
    pub quote: u8,
    pub header: bool,
    pub line_break: LineBreak,
}

#[derive(Debug, Clone, Copy)]
pub enum LineBreak {
    Lf,
    CrLf,
}

/// Objects whose property names are stored once.
#[derive(Default)]
pub struct Rows {
    columns: Columns,
    rows: Vec<Vec<(usize, Json)>>,
}

#[derive(Default)]
struct Columns {
    names: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Columns {
    /// `guess` is the number of the column if all objects have the same properties.
    fn number_of(&mut self, name: &str, guess: usize) -> usize {
        if self.names.get(guess).is_some_and(|guessed| guessed == name) {
            return guess;
        }
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len();
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }
}

/// The number of rows between two checks whether the task must stop.
const ROWS: usize = if cfg!(test) { 64 } else { 4096 };

/// The number of fields between two checks.
const FIELDS: usize = 4 * ROWS;

/// The limit of fields. Each field takes at least a byte, even an empty one, so objects without common names could
/// exceed the memory.
const MOST_FIELDS: usize = 1 << 30;

impl Rows {
    /// Reads an array of objects, or consecutive objects as in NDJSON.
    pub fn from_json(data: &[u8], step: &Step<'_>) -> Result<Self> {
        step.check()?;
        let data = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
        let mut rows = Self::default();
        let is_array = data.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
        if is_array {
            let mut reader = serde_json::Deserializer::from_slice(data);
            let outcome = (&mut reader).deserialize_seq(RowsVisitor {
                rows: &mut rows,
                step: Some(step),
            });
            step.check()?;
            outcome.map_err(|error| broken(&error))?;
            reader.end().map_err(|error| broken(&error))?;
            return Ok(rows);
        }
        // A reader instead of a slice: an error has a line number, and for a slice all lines before it would be
        // counted for each row.
        let mut reader = serde_json::Deserializer::from_reader(data);
        while reader.end().is_err() {
            if rows.len() % ROWS == 0 {
                step.check()?;
            }
            RowSeed::<Json>::new(&mut rows)
                .deserialize(&mut reader)
                .map_err(|error| broken(&error))?;
        }
        Ok(rows)
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }
}

fn broken(error: &serde_json::Error) -> Error {
    Error::new(format!("Invalid JSON: {error}"))
        .with_name("SyntaxError")
        .with_code("ERR_ISOTHREADS_JSON")
}

/// Reads the elements of an array as rows.
pub struct RowsVisitor<'a> {
    rows: &'a mut Rows,
    /// Set when JSON is read. Errors of the parser cannot carry ours, so the caller checks again afterwards.
    step: Option<&'a Step<'a>>,
}

impl<'a> RowsVisitor<'a> {
    /// For JavaScript objects.
    pub fn new(rows: &'a mut Rows) -> Self {
        Self { rows, step: None }
    }
}

impl<'de> Visitor<'de> for RowsVisitor<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let Some(step) = self.step else {
            while elements.next_element_seed(RowSeed::<Value>::new(self.rows))?.is_some() {}
            return Ok(());
        };
        while elements.next_element_seed(RowSeed::<Json>::new(self.rows))?.is_some() {
            if self.rows.len().is_multiple_of(ROWS) {
                step.check().map_err(serde::de::Error::custom)?;
            }
        }
        Ok(())
    }
}

/// Adds a row, whose fields are read as `C`.
struct RowSeed<'a, C>(&'a mut Rows, PhantomData<C>);

impl<'a, C> RowSeed<'a, C> {
    fn new(rows: &'a mut Rows) -> Self {
        Self(rows, PhantomData)
    }
}

impl<'de, C: Deserialize<'de> + TryInto<Json, Error: fmt::Display>> DeserializeSeed<'de> for RowSeed<'_, C> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, C: Deserialize<'de> + TryInto<Json, Error: fmt::Display>> Visitor<'de> for RowSeed<'_, C> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut properties: A) -> Result<(), A::Error> {
        let mut row = Vec::new();
        while let Some(column) = properties.next_key_seed(ColumnSeed(&mut self.0.columns, row.len()))? {
            let field = properties.next_value_seed(FieldSeed(PhantomData::<C>))?;
            row.push((column, field));
        }
        self.0.rows.push(row);
        Ok(())
    }
}

struct FieldSeed<C>(PhantomData<C>);

impl<'de, C: Deserialize<'de> + TryInto<Json, Error: fmt::Display>> DeserializeSeed<'de> for FieldSeed<C> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        let field = C::deserialize(deserializer)?.try_into();
        field.map_err(|what| serde::de::Error::custom(format_args!("CSV cannot represent {what}")))
    }
}

/// The number of a column, by its name.
struct ColumnSeed<'a>(&'a mut Columns, usize);

impl<'de> DeserializeSeed<'de> for ColumnSeed<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for ColumnSeed<'_> {
    type Value = usize;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a property name")
    }

    fn visit_str<E>(self, name: &str) -> Result<usize, E> {
        Ok(self.0.number_of(name, self.1))
    }
}

/// Writes UTF-8. Null, undefined and missing values are empty fields; arrays and objects are written as JSON.
pub fn write(rows: &Rows, format: &Format, step: &Step<'_>) -> Result<Vec<u8>> {
    if format.delimiter == format.quote {
        return Err(check::invalid("delimiter", "must differ from the quote"));
    }
    if let Some(name) = format.columns.as_deref().and_then(repeated) {
        let reason = format!("must not repeat a name. Received '{}' twice", check::shorten(name));
        return Err(check::invalid("columns", &reason));
    }
    let names = format.columns.as_ref().unwrap_or(&rows.columns.names);
    // The position of each column in the output.
    let mut places = vec![None; rows.columns.names.len()];
    for (place, name) in names.iter().enumerate() {
        if let Some(number) = rows.columns.numbers.get(name) {
            places[*number] = Some(place);
        }
    }
    let mut writer = csv::WriterBuilder::new()
        .delimiter(format.delimiter)
        .quote(format.quote)
        .terminator(match format.line_break {
            LineBreak::Lf => csv::Terminator::Any(b'\n'),
            LineBreak::CrLf => csv::Terminator::CRLF,
        })
        .from_writer(Vec::new());
    if names.is_empty() {
        return Ok(Vec::new());
    }
    if rows.len().saturating_mul(names.len()) > MOST_FIELDS {
        return Err(check::range_error(
            "ERR_BUFFER_TOO_LARGE",
            format!(
                "{} rows with {} columns exceed {MOST_FIELDS} fields: choose `columns`",
                rows.len(),
                names.len()
            ),
        ));
    }
    if format.header {
        writer.write_record(names)?;
    }
    let rows_between = (FIELDS / names.len()).max(1);
    let mut record = vec![Vec::new(); names.len()];
    for (number, row) in rows.rows.iter().enumerate() {
        if number % rows_between == 0 {
            step.reached(number, rows.len())?;
        }
        record.iter_mut().for_each(Vec::clear);
        for (column, value) in row {
            if let Some(place) = places[*column] {
                // JSON may repeat a property name: the last value counts.
                record[place].clear();
                write_field(value, &mut record[place]);
            }
        }
        writer.write_record(&record)?;
    }
    writer.into_inner().map_err(|error| Error::new(error.to_string()))
}

fn write_field(value: &Json, field: &mut Vec<u8>) {
    match value {
        Json::Null => {}
        Json::Text(text) => field.extend_from_slice(text.as_bytes()),
        // Also NaN and Infinity, which JSON cannot represent.
        Json::Number(number) => field.extend_from_slice(check::show(*number).as_bytes()),
        _ => value.write(field),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::progress::testing::{Nobody, ends_at_every_check};

    fn plain() -> Format {
        Format {
            columns: None,
            delimiter: b',',
            quote: b'"',
            header: true,
            line_break: LineBreak::Lf,
        }
    }

    fn rows(json: &str) -> Result<Rows> {
        Rows::from_json(json.as_bytes(), &Step::only(&Nobody, "parse"))
    }

    fn written(json: &str, format: &Format) -> String {
        let text = write(&rows(json).unwrap(), format, &Step::only(&Nobody, "write")).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn values() {
        let json = r#"[{"a":1,"b":"x, \"y\""},{"b":null,"c":[1,{"d":2}]},{"a":true,"b":1.50,"c":""}]"#;
        let expected = "a,b,c\n1,\"x, \"\"y\"\"\",\n,,\"[1,{\"\"d\"\":2}]\"\ntrue,1.5,\n";
        assert_eq!(written(json, &plain()), expected);
        let lines = "{\"a\":\"line\\nbreak\"}\n\n{\"a\":1e21}\n{\"a\":1,\"a\":2}";
        assert_eq!(written(lines, &plain()), "a\n\"line\nbreak\"\n1e+21\n2\n");
        assert_eq!(written("[]", &plain()), "");
        assert_eq!(written("", &plain()), "");
        // A single empty field is quoted. Otherwise the line would be empty and not a row.
        assert_eq!(written("[{\"a\":\"\"}]", &plain()), "a\n\"\"\n");
    }

    #[test]
    fn formats() {
        let format = Format {
            columns: Some(vec!["b".into(), "z".into(), "a".into()]),
            delimiter: b';',
            header: false,
            line_break: LineBreak::CrLf,
            ..plain()
        };
        assert_eq!(written(r#"[{"a":"1;2","b":3,"c":4}]"#, &format), "3;;\"1;2\"\r\n");
        assert!(
            write(
                &rows("[]").unwrap(),
                &Format { quote: b';', ..format },
                &Step::only(&Nobody, "write")
            )
            .is_err()
        );
    }

    #[test]
    fn refused() {
        for json in ["[1]", "[{\"a\":1}", "{\"a\"}", "[{}] x", "{} x", "5", "[[1]]"] {
            let error = rows(json).err().unwrap_or_else(|| panic!("{json}"));
            assert_eq!((error.name(), error.code()), ("SyntaxError", "ERR_ISOTHREADS_JSON"));
        }
        let message = rows("[{},\n7]").err().unwrap().message().to_owned();
        assert_eq!(
            message,
            "Invalid JSON: invalid type: integer `7`, expected an object at line 2 column 1"
        );
        let deep = format!("[{{\"a\":{}1{}}}]", "[".repeat(10_000), "]".repeat(10_000));
        assert!(rows(&deep).is_err());
    }

    #[test]
    fn many_lines() {
        // The time per object does not depend on the number of objects before it.
        let count = 200_000;
        assert_eq!(rows(&"{\"a\":1}\n".repeat(count)).unwrap().len(), count);
    }

    #[test]
    fn names_that_are_not_in_common() {
        let json: String = (0..40_000).map(|number| format!("{{\"{number}\":1}}\n")).collect();
        let error = write(&rows(&json).unwrap(), &plain(), &Step::only(&Nobody, "write")).unwrap_err();
        assert_eq!((error.name(), error.code()), ("RangeError", "ERR_BUFFER_TOO_LARGE"));
        let chosen = Format {
            columns: Some(vec!["5".into()]),
            ..plain()
        };
        assert_eq!(written(&json, &chosen).len(), 2 + 3 * 39_999 + 2);
        let twice = Format {
            columns: Some(vec!["a".into(), "b".into(), "a".into()]),
            ..plain()
        };
        let error = write(&rows("{}").unwrap(), &twice, &Step::only(&Nobody, "write")).unwrap_err();
        assert_eq!(
            error.message(),
            "The argument 'columns' must not repeat a name. Received 'a' twice"
        );
    }

    #[test]
    fn ends_when_told() {
        for json in [
            format!("[{}{{}}]", "{\"a\":1},".repeat(2 * ROWS)),
            "{\"a\":1}\n".repeat(2 * ROWS),
        ] {
            ends_at_every_check(|observer| {
                let rows = Rows::from_json(json.as_bytes(), &Step::only(observer, "parse"))?;
                write(&rows, &plain(), &Step::only(observer, "write"))
            });
        }
    }

    proptest! {
        #[test]
        fn reads_back(fields in proptest::collection::vec((".*", ".*"), 1..20)) {
            let objects: Vec<_> = fields.iter().map(|(a, b)| HashMap::from([("a", a), ("b", b)])).collect();
            let format = Format { columns: Some(vec!["a".into(), "b".into()]), header: false, ..plain() };
            let data = written(&serde_json::to_string(&objects).unwrap(), &format);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(data.as_bytes());
            let read: Vec<(String, String)> = reader.deserialize().map(|row| row.unwrap()).collect();
            let starts_with_mark = fields[0].0.starts_with('\u{feff}');
            prop_assert!(starts_with_mark || read == fields);
        }
    }
}
