//! Reads tables from CSV (RFC 4180).

use std::collections::HashSet;
use std::io::Read;
use std::ops::Range;

use isothreads::{Error, Result};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::json::{write_number, write_text};
use crate::check;
use crate::progress::Step;

/// The source of the column names.
#[derive(Debug, Clone, PartialEq)]
pub enum Header {
    /// In the first row.
    First,
    /// There are no names: rows are arrays.
    None,
    /// The names are given, and the first row is data.
    Given(Vec<String>),
}

#[derive(Debug, Clone)]
pub struct Format {
    pub header: Header,
    pub delimiter: u8,
    pub quote: u8,
    /// White space around fields is removed.
    pub trim: bool,
    /// Rows may be shorter than the header.
    pub flexible: bool,
    /// Numbers, `true`, `false` and empty fields are converted, instead of being text.
    pub types: bool,
}

/// Parses a delimiter or quote: one ASCII character.
pub fn character(name: &str, text: &str) -> Result<u8> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => Ok(*byte),
        _ => Err(check::invalid(
            name,
            "must be one ASCII character other than a line break",
        )),
    }
}

/// All fields in one text, row by row. This takes less memory than a string per field.
pub struct Table {
    names: Option<Vec<String>>,
    text: String,
    /// The end of each field in the text.
    ends: Vec<usize>,
    /// The end of each row's fields in `ends`.
    rows: Vec<usize>,
    has_types: bool,
}

/// The number of rows between two checks whether the task must stop.
const ROWS: usize = if cfg!(test) { 64 } else { 4096 };

pub fn read(data: &[u8], format: &Format, step: &Step<'_>) -> Result<Table> {
    step.check()?;
    if format.delimiter == format.quote {
        return Err(check::invalid("delimiter", "must differ from the quote"));
    }
    let data = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    if let Err(error) = std::str::from_utf8(data) {
        return Err(broken(format!(
            "CSV must be UTF-8: invalid byte at offset {}",
            error.valid_up_to()
        )));
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(format.delimiter)
        .quote(format.quote)
        .trim(if format.trim { csv::Trim::All } else { csv::Trim::None })
        .has_headers(false)
        .flexible(true)
        .from_reader(data);
    let mut record = csv::ByteRecord::new();
    let mut names = match &format.header {
        Header::Given(names) => Some(names.clone()),
        Header::First | Header::None => None,
    };
    let mut is_header = format.header == Header::First;
    let (mut text, mut ends, mut rows) = (Vec::with_capacity(data.len()), Vec::new(), Vec::new());
    let mut last = None;
    while reader.read_byte_record(&mut record)? {
        if rows.len() % ROWS == 0 {
            step.reached(reader.position().byte() as usize, data.len())?;
        }
        last = record.position().cloned();
        if is_header {
            is_header = false;
            names = Some(names_of(&record)?);
            continue;
        }
        let columns = names
            .as_ref()
            .map_or_else(|| first_length(&rows), |names| Some(names.len()));
        if columns.is_some_and(|columns| !fits(record.len(), columns, format.flexible)) {
            let line = record.position().map_or(0, |position| line_of(position, data));
            return Err(broken(format!(
                "Line {line} has {} fields instead of {}",
                record.len(),
                columns.unwrap_or_default()
            )));
        }
        for field in &record {
            text.extend_from_slice(field);
            ends.push(text.len());
        }
        rows.push(ends.len());
    }
    if let Some(last) = last.filter(|last| is_open(&data[last.byte() as usize..], format)) {
        return Err(broken(format!(
            "The row that begins at line {} ends within a quoted field",
            line_of(&last, data)
        )));
    }
    if let Some(names) = &names {
        check_names(names)?;
    }
    // The delimiter and the quote are ASCII, so no character was split.
    let text = String::from_utf8(text)?;
    Ok(Table {
        names,
        text,
        ends,
        rows,
        has_types: format.types,
    })
}

/// Whether a quote in the last row is not closed. The reader would accept this silently and put the rest of the
/// data into the field. With an open quote, an appended row would become a part of the field.
fn is_open(row: &[u8], format: &Format) -> bool {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(format.delimiter)
        .quote(format.quote)
        .has_headers(false)
        .flexible(true)
        .from_reader(row.chain(&b"\n-"[..]));
    reader.byte_records().count() < 2
}

fn names_of(record: &csv::ByteRecord) -> Result<Vec<String>> {
    record
        .iter()
        .map(|name| Ok(std::str::from_utf8(name)?.to_owned()))
        .collect()
}

/// The first name that occurs twice.
pub fn repeated(names: &[String]) -> Option<&str> {
    let mut seen = HashSet::new();
    names.iter().map(String::as_str).find(|name| !seen.insert(*name))
}

fn check_names(names: &[String]) -> Result<()> {
    match repeated(names) {
        None => Ok(()),
        Some(name) => Err(broken(format!(
            "Duplicate column name \"{}\": pass unique names in `header`",
            check::shorten(name)
        ))),
    }
}

fn first_length(rows: &[usize]) -> Option<usize> {
    rows.first().copied()
}

fn fits(fields: usize, columns: usize, is_flexible: bool) -> bool {
    fields == columns || fields < columns && is_flexible
}

/// The line of a row. The reader's position is before the empty lines that precede the row.
fn line_of(position: &csv::Position, data: &[u8]) -> u64 {
    let empty = data[position.byte() as usize..]
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + empty.filter(|byte| **byte == b'\n').count() as u64
}

fn broken(message: String) -> Error {
    Error::new(message)
        .with_name("SyntaxError")
        .with_code("ERR_ISOTHREADS_CSV")
}

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Field<'a> {
    Null,
    Bool(bool),
    Number(f64),
    Text(&'a str),
}

impl<'a> Field<'a> {
    /// Infers the type. Numbers that JavaScript cannot reproduce stay text: `007`, or integers of more than 53
    /// bits.
    fn infer(text: &'a str) -> Self {
        match text {
            "" => Self::Null,
            "true" | "TRUE" => Self::Bool(true),
            "false" | "FALSE" => Self::Bool(false),
            _ if looks_like_number(text) => match text.parse::<f64>() {
                Ok(number) if number.is_finite() && is_kept(number) => Self::Number(number),
                _ => Self::Text(text),
            },
            _ => Self::Text(text),
        }
    }

    fn write(self, text: &mut Vec<u8>) {
        match self {
            Self::Null => text.extend_from_slice(b"null"),
            Self::Bool(value) => text.extend_from_slice(if value { b"true" } else { b"false" }),
            Self::Number(value) => write_number(value, text),
            Self::Text(value) => write_text(value, text),
        }
    }
}

/// Whether JavaScript represents the number exactly.
fn is_kept(number: f64) -> bool {
    number.fract() != 0.0 || number.abs() <= check::MAX_SAFE_INTEGER as f64
}

/// Whether the text has the form of a JSON number.
fn looks_like_number(text: &str) -> bool {
    fn digits(text: &[u8]) -> usize {
        text.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }
    let text = text.as_bytes();
    let mut rest = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || whole > 1 && rest[0] == b'0' {
        return false;
    }
    rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let places = digits(fraction);
        if places == 0 {
            return false;
        }
        rest = &fraction[places..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = match exponent {
            [b'+' | b'-', exponent @ ..] => exponent,
            _ => exponent,
        };
        let places = digits(exponent);
        return places > 0 && places == exponent.len();
    }
    rest.is_empty()
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
        }
    }
}

impl Table {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    fn row(&self, number: usize) -> impl ExactSizeIterator<Item = Field<'_>> {
        let start = if number == 0 { 0 } else { self.rows[number - 1] };
        (start..self.rows[number]).map(|place| self.field(place))
    }

    fn field(&self, place: usize) -> Field<'_> {
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        let text: &str = &self.text[Range {
            start,
            end: self.ends[place],
        }];
        if self.has_types {
            Field::infer(text)
        } else {
            Field::Text(text)
        }
    }

    /// Writes one line of JSON per row.
    pub fn to_lines(&self, step: &Step<'_>) -> Result<Vec<u8>> {
        let names: Option<Vec<Vec<u8>>> = self.names.as_ref().map(|names| {
            let written = names.iter().map(|name| {
                let mut text = Vec::new();
                write_text(name, &mut text);
                text.push(b':');
                text
            });
            written.collect()
        });
        let mut lines = Vec::new();
        for number in 0..self.len() {
            if number % ROWS == 0 {
                step.reached(number, self.len())?;
            }
            let (open, close) = if names.is_some() { (b'{', b'}') } else { (b'[', b']') };
            lines.push(open);
            for (column, field) in self.row(number).enumerate() {
                if column > 0 {
                    lines.push(b',');
                }
                if let Some(names) = &names {
                    lines.extend_from_slice(&names[column]);
                }
                field.write(&mut lines);
            }
            lines.extend_from_slice(&[close, b'\n']);
        }
        Ok(lines)
    }
}

/// Serializes to an array of objects, or of arrays if there are no names.
impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.len()))?;
        for number in 0..self.len() {
            rows.serialize_element(&Row { table: self, number })?;
        }
        rows.end()
    }
}

struct Row<'a> {
    table: &'a Table,
    number: usize,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = self.table.row(self.number);
        match &self.table.names {
            Some(names) => {
                let mut row = serializer.serialize_map(Some(fields.len()))?;
                for (name, field) in names.iter().zip(fields) {
                    row.serialize_entry(name, &field)?;
                }
                row.end()
            }
            None => {
                let mut row = serializer.serialize_seq(Some(fields.len()))?;
                for field in fields {
                    row.serialize_element(&field)?;
                }
                row.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::progress::testing::{Nobody, Witness, ends_at_every_check};

    fn plain() -> Format {
        Format {
            header: Header::First,
            delimiter: b',',
            quote: b'"',
            trim: false,
            flexible: false,
            types: false,
        }
    }

    fn typed() -> Format {
        Format { types: true, ..plain() }
    }

    fn table(data: &str, format: &Format) -> Result<Table> {
        read(data.as_bytes(), format, &Step::only(&Nobody, "parse"))
    }

    fn lines(data: &str, format: &Format) -> String {
        let lines = table(data, format)
            .unwrap()
            .to_lines(&Step::only(&Nobody, "write"))
            .unwrap();
        String::from_utf8(lines).unwrap()
    }

    #[test]
    fn rows() {
        let data = "\u{feff}a,b\r\n1,\"x,\"\"y\"\"\n\"\r\n\r\né,";
        let expected = "{\"a\":\"1\",\"b\":\"x,\\\"y\\\"\\n\"}\n{\"a\":\"é\",\"b\":\"\"}\n";
        assert_eq!(lines(data, &plain()), expected);
        assert_eq!(lines("", &plain()), "");
        for closed in [
            "a\n\"x\"",
            "a\n\"x\"\n\n",
            "a\nx\"",
            "a\n\"x\"\"\"\r\n",
            "a\n\"\"",
            "a\n\"x\"y\"\n",
        ] {
            assert_eq!(table(closed, &plain()).unwrap().len(), 1, "{closed}");
        }
        assert_eq!(lines("a,b", &plain()), "");
    }

    #[test]
    fn types() {
        let texts = [
            ("", Field::Null),
            ("true", Field::Bool(true)),
            ("FALSE", Field::Bool(false)),
            ("True", Field::Text("True")),
            ("0", Field::Number(0.0)),
            ("-1.50", Field::Number(-1.5)),
            ("1e3", Field::Number(1000.0)),
            ("1E-2", Field::Number(0.01)),
            ("9007199254740991", Field::Number(9007199254740991.0)),
        ];
        for (text, field) in texts {
            assert_eq!(Field::infer(text), field, "{text}");
        }
        let as_they_are = [
            "007",
            "-",
            "+1",
            "1.",
            ".5",
            "1e",
            "1e+",
            "0x10",
            "NaN",
            "Infinity",
            " 1",
            "1 ",
            "1,5",
            "1_000",
            "--1",
            "12345678901234567890",
            "9007199254740993",
            "1e400",
            "2024-01-02",
            "1e3x",
        ];
        for text in as_they_are {
            assert_eq!(Field::infer(text), Field::Text(text));
        }
        assert_eq!(lines("a,b,c\n1,true,\n", &typed()), "{\"a\":1,\"b\":true,\"c\":null}\n");
    }

    #[test]
    fn headers() {
        let none = Format {
            header: Header::None,
            ..plain()
        };
        assert_eq!(lines("a,b\n1,2", &none), "[\"a\",\"b\"]\n[\"1\",\"2\"]\n");
        let given = Format {
            header: Header::Given(vec!["x".into(), "y".into()]),
            ..plain()
        };
        assert_eq!(lines("1,2", &given), "{\"x\":\"1\",\"y\":\"2\"}\n");
    }

    #[test]
    fn formats() {
        let format = Format {
            delimiter: b';',
            quote: b'\'',
            trim: true,
            flexible: true,
            ..plain()
        };
        assert_eq!(lines("a; b ;c\n';' ; x\n", &format), "{\"a\":\";\",\"b\":\"x\"}\n");
    }

    #[test]
    fn refused() {
        let none = Format {
            header: Header::None,
            ..plain()
        };
        for (data, format, message) in [
            ("a,b\n1,2\n\n3\n", plain(), "Line 4 has 1 fields instead of 2"),
            ("a,b\n1,2,3\n", plain(), "Line 2 has 3 fields instead of 2"),
            ("1,2\n1\n", none, "Line 2 has 1 fields instead of 2"),
            (
                "a,b\n1,2,3\n",
                Format {
                    flexible: true,
                    ..plain()
                },
                "Line 2 has 3 fields instead of 2",
            ),
            (
                "a,b\n1,2\n\n3,\"4\n5,6\n7,8\n",
                plain(),
                "The row that begins at line 4 ends within a quoted field",
            ),
            (
                "a,\"b\n",
                plain(),
                "The row that begins at line 1 ends within a quoted field",
            ),
            (
                "a\n\"x\"\"",
                plain(),
                "The row that begins at line 2 ends within a quoted field",
            ),
            (
                "a,b,a\n",
                plain(),
                "Duplicate column name \"a\": pass unique names in `header`",
            ),
        ] {
            let error = table(data, &format).err().unwrap();
            assert_eq!((error.name(), error.code()), ("SyntaxError", "ERR_ISOTHREADS_CSV"));
            assert_eq!(error.message(), message);
        }
        let error = read(b"a\nb\xff\n", &plain(), &Step::only(&Nobody, "parse"))
            .err()
            .unwrap();
        assert_eq!(error.message(), "CSV must be UTF-8: invalid byte at offset 3");
        for text in ["", ",,", "é", "\n", "\0"] {
            assert_eq!(
                character("delimiter", text).unwrap_err().code(),
                "ERR_INVALID_ARG_VALUE"
            );
        }
        assert_eq!(character("delimiter", "\t").unwrap(), b'\t');
        let same = Format { quote: b',', ..plain() };
        assert!(table("a", &same).is_err());
    }

    #[test]
    fn reports_and_ends() {
        let data = format!("a,b\n{}", "1,2\n".repeat(5 * ROWS));
        let witness = Witness::new();
        read(data.as_bytes(), &plain(), &Step::only(&witness, "parse")).unwrap();
        assert!(witness.reports().len() >= 4);
        ends_at_every_check(|observer| {
            read(data.as_bytes(), &plain(), &Step::only(observer, "parse"))?.to_lines(&Step::only(observer, "write"))
        });
    }

    proptest! {
        #[test]
        fn fields_survive(rows in proptest::collection::vec(proptest::collection::vec(".*", 3), 1..20)) {
            let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let data = writer.into_inner().unwrap();
            let format = Format { header: Header::None, ..plain() };
            let table = read(&data, &format, &Step::only(&Nobody, "parse")).unwrap();
            let json: Vec<Vec<String>> = serde_json::from_str(&serde_json::to_string(&table).unwrap()).unwrap();
            let lines = table.to_lines(&Step::only(&Nobody, "write")).unwrap();
            let of_lines: Vec<Vec<String>> = serde_json::Deserializer::from_slice(&lines)
                .into_iter()
                .map(|line| line.unwrap())
                .collect();
            let starts_with_bom = rows[0][0].starts_with('\u{feff}');
            prop_assert!(starts_with_bom || json == rows);
            prop_assert_eq!(of_lines, json);
        }

        #[test]
        fn any_bytes_are_no_harm(data: Vec<u8>) {
            for format in [plain(), typed(), Format { header: Header::None, flexible: true, trim: true, ..typed() }] {
                if let Ok(table) = read(&data, &format, &Step::only(&Nobody, "parse")) {
                    serde_json::to_string(&table).unwrap();
                }
            }
        }
    }
}
