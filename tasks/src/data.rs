//! Numbers and tables.

mod cell;
mod csv_input;
mod csv_output;
mod element;
mod groups;
mod json;
mod numbers;
mod options;
mod sort;
mod summary;

use std::borrow::Cow;

use isothreads::{Result, Task, Transfer, Value, worker};
use serde::{Deserialize, Serialize};

use self::csv_input::Table;
use self::csv_output::LineBreak;
use self::element::Element;
use self::groups::Groups;
use self::numbers::{Number, Numbers, Sent, each};
use self::options::{HeaderOption, Keys, TableSource};
use self::summary::{Summary, Wanted};
use crate::check;
use crate::input::{Data, Either};
use crate::progress::Step;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct SortInput {
    data: Value,
    descending: Option<bool>,
}

/// Sorts the typed array { data, descending } as its sort() does.
#[worker(name = "sortArray")]
fn sort_array(input: SortInput, task: &Task) -> Result<Sent> {
    let mut numbers = Numbers::new("data", input.data)?;
    let step = Step::only(task, "sort");
    each!(&mut numbers, array => {
        sort::sort(array, &step)?;
        if input.descending == Some(true) {
            array.reverse();
        }
    });
    step.done()?;
    Ok(numbers.into())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct AggregateInput {
    data: Value,
    percentiles: Option<Vec<f64>>,
    sample: Option<bool>,
}

/// The result of an aggregate or of a group.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SummaryOutput<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Either<Number, Cow<'a, str>>>,
    count: usize,
    sum: Number,
    mean: f64,
    min: Number,
    max: Number,
    variance: f64,
    standard_deviation: f64,
    median: f64,
    percentiles: Vec<f64>,
}

impl<'a> SummaryOutput<'a> {
    fn new(summary: Summary, is_big: bool, key: Option<Either<Number, Cow<'a, str>>>) -> Self {
        Self {
            key,
            count: summary.count,
            sum: Number::new(summary.sum, is_big),
            mean: summary.mean,
            min: Number::new(summary.min, is_big),
            max: Number::new(summary.max, is_big),
            variance: summary.variance,
            standard_deviation: summary.standard_deviation,
            median: summary.median,
            percentiles: summary.percentiles,
        }
    }
}

/// Computes count, sum, mean, min, max, variance, standardDeviation, median and percentiles of { data, percentiles,
/// sample }.
#[worker]
fn aggregate(input: AggregateInput, task: &Task) -> Result<SummaryOutput<'static>> {
    let wanted = Wanted::new(input.percentiles.unwrap_or_default(), input.sample.unwrap_or(false))?;
    let mut numbers = Numbers::new("data", input.data)?;
    let step = Step::only(task, "aggregate");
    let summary = each!(&mut numbers, array => summary::summarize(array, &wanted, &step))?;
    step.done()?;
    Ok(SummaryOutput::new(summary, numbers.is_big(), None))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct AggregateByInput {
    keys: Value,
    data: Value,
    percentiles: Option<Vec<f64>>,
    sample: Option<bool>,
}

/// Computes the aggregate of { data } for each key of { keys }, in the order of the first occurrences of the keys.
#[worker(name = "aggregateBy")]
fn aggregate_by(input: AggregateByInput, task: &Task) -> Result<Vec<SummaryOutput<'static>>> {
    let wanted = Wanted::new(input.percentiles.unwrap_or_default(), input.sample.unwrap_or(false))?;
    let (mut keys, numbers) = (Keys::new(input.keys)?, Numbers::new("data", input.data)?);
    if keys.len() != numbers.len() {
        let reason = format!(
            "must have as many elements as the data: {}. Received {}",
            numbers.len(),
            keys.len()
        );
        return Err(check::invalid("keys", &reason));
    }
    let step = Step::only(task, "aggregate");
    let groups = match &keys {
        Keys::Texts(texts) => Groups::of(texts.iter(), &step)?,
        Keys::Numbers(keys) => each!(keys, array => Groups::of(array.iter().map(|key| key.key()), &step))?,
    };
    let summaries = each!(&numbers, array => groups.summarize(array, &wanted, &step))?;
    step.done()?;
    let rows = groups.first_rows().iter().zip(summaries);
    Ok(rows
        .map(|(row, summary)| SummaryOutput::new(summary, numbers.is_big(), keys.take(*row)))
        .collect())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct CsvToJsonInput<'a> {
    #[serde(borrow)]
    data: Data<'a>,
    header: Option<HeaderOption>,
    delimiter: Option<String>,
    quote: Option<String>,
    trim: Option<bool>,
    flexible: Option<bool>,
    types: Option<bool>,
    output: Option<String>,
}

/// Parses the CSV { data, header, delimiter, quote, trim, flexible, types } to { output }: objects or ndjson.
#[worker(name = "csvToJson")]
fn csv_to_json(input: CsvToJsonInput<'_>, task: &Task) -> Result<Either<Table, Transfer<Vec<u8>>>> {
    const OUTPUTS: [(&str, bool); 2] = [("objects", false), ("ndjson", true)];
    let has_lines = input
        .output
        .map_or(Ok(false), |output| check::one_of("output", &output, &OUTPUTS))?;
    let format = csv_input::Format {
        header: input.header.unwrap_or_default().into(),
        delimiter: options::character("delimiter", input.delimiter, b',')?,
        quote: options::character("quote", input.quote, b'"')?,
        trim: input.trim.unwrap_or(false),
        flexible: input.flexible.unwrap_or(false),
        types: input.types.unwrap_or(false),
    };
    let parsed = if has_lines { 0.5 } else { 1.0 };
    let step = Step::new(task, "parse", 0.0..parsed);
    let table = csv_input::read(&input.data, &format, &step)?;
    step.done()?;
    if has_lines {
        let step = Step::new(task, "write", parsed..1.0);
        let lines = table.to_lines(&step)?;
        step.done()?;
        return Ok(Either::Other(lines.into()));
    }
    Ok(Either::One(table))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct JsonToCsvInput<'a> {
    #[serde(borrow)]
    data: TableSource<'a>,
    columns: Option<Vec<String>>,
    delimiter: Option<String>,
    quote: Option<String>,
    header: Option<bool>,
    newline: Option<String>,
}

/// Writes { data, columns, delimiter, quote, header, newline } as CSV. The data is objects, JSON or NDJSON.
#[worker(name = "jsonToCsv")]
fn json_to_csv(input: JsonToCsvInput<'_>, task: &Task) -> Result<Transfer<Vec<u8>>> {
    const LINE_BREAKS: [(&str, LineBreak); 2] = [("\n", LineBreak::Lf), ("\r\n", LineBreak::CrLf)];
    let format = csv_output::Format {
        columns: input.columns,
        delimiter: options::character("delimiter", input.delimiter, b',')?,
        quote: options::character("quote", input.quote, b'"')?,
        header: input.header.unwrap_or(true),
        line_break: match input.newline {
            Some(newline) => check::one_of("newline", &newline, &LINE_BREAKS)?,
            None => LineBreak::Lf,
        },
    };
    let step = Step::new(task, "parse", 0.0..0.5);
    let rows = input.data.rows(&step)?;
    step.done()?;
    let step = Step::new(task, "write", 0.5..1.0);
    let text = csv_output::write(&rows, &format, &step)?;
    step.done()?;
    Ok(text.into())
}
