use isothreads::{ParentPort, Result};
use serde::{Deserialize, Serialize};

/// `workerData`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Options {
    /// Items between two progress reports.
    batch_size: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { batch_size: 100 }
    }
}

#[derive(Deserialize)]
#[serde(tag = "cmd", rename_all = "camelCase")]
enum Command {
    Start { input: Vec<f64> },
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Answer {
    Progress {
        percent: u32,
    },
    Done {
        data: &'static str,
        processed: usize,
        sum: f64,
    },
}

/// Adds up numbers and reports progress: takes { cmd: 'start', input }, posts { type: 'progress', percent } and { type:
/// 'done', data, processed, sum }.
#[isothreads::worker]
fn processor(port: ParentPort, options: Option<Options>) -> Result<()> {
    let batch_size = options.unwrap_or_default().batch_size.max(1);
    for message in port.messages::<Command>() {
        let Command::Start { input } = message?;
        let mut sum = 0.0;
        for (batch, items) in input.chunks(batch_size).enumerate() {
            port.task().check()?;
            sum += items.iter().sum::<f64>();
            let processed = batch * batch_size + items.len();
            let percent = (processed as f64 / input.len() as f64 * 100.0).round() as u32;
            port.post(Answer::Progress { percent })?;
        }
        port.post(Answer::Done {
            data: "all processed",
            processed: input.len(),
            sum,
        })?;
    }
    Ok(())
}
