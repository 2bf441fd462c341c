use std::io::{Read, Write};
use std::thread;

use isothreads::shared::{RingReader, RingWriter, SharedRing};
use isothreads::{AtomicView, Error, Result};
use serde::Deserialize;

use super::{Gives, NOW, Observed, Step, run_steps};

#[derive(Deserialize)]
pub struct Row {
    steps: Vec<Step>,
    words: AtomicView<u32>,
    ring: SharedRing,
}

/// The ends that this thread has claimed. The bytes of a ring count up from 0.
struct Ends<'a> {
    ring: &'a SharedRing,
    writer: Option<RingWriter>,
    reader: Option<RingReader>,
    written: usize,
    read: usize,
}

pub fn run(Row { steps, words, ring }: Row) -> Vec<Observed> {
    let mut ends = Ends {
        ring: &ring,
        writer: None,
        reader: None,
        written: 0,
        read: 0,
    };
    run_steps(&steps, &words, |step| ends.perform(step).into())
}

impl Ends<'_> {
    fn perform(&mut self, step: &Step) -> Result<Gives> {
        match &*step.r#do {
            "write" => return self.write(step.count()),
            "read" => return self.read(step.count()),
            "end" => self.claimed_writer()?.end(),
            "releaseWriter" => self.claimed_writer()?.release(),
            "releaseReader" => {
                let reader = self.reader.take();
                reader.ok_or_else(|| Error::new("not claimed"))?.release();
            }
            "destroy" => self.ring.destroy(step.reason.as_deref().unwrap_or_default()),
            "dieAfter write" => self.die_after(|ends| ends.write(step.count()))?,
            "dieAfter read" => self.die_after(|ends| ends.read(step.count()))?,
            other => return Err(Error::new(format!("no operation {other}"))),
        }
        Ok(Gives::Nothing)
    }

    fn claimed_writer(&mut self) -> Result<RingWriter> {
        self.writer.take().ok_or_else(|| Error::new("not claimed"))
    }

    fn write(&mut self, count: usize) -> Result<Gives> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(self.ring.writer()?),
        };
        writer.set_timeout(NOW);
        let bytes: Vec<u8> = (self.written..self.written + count).map(|byte| byte as u8).collect();
        let Some(count) = now_or_never(writer.write(&bytes))? else {
            return Ok(Gives::text("full"));
        };
        self.written += count;
        Ok(Gives::Number(count as f64))
    }

    fn read(&mut self, count: usize) -> Result<Gives> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            none => none.insert(self.ring.reader()?),
        };
        reader.set_timeout(NOW);
        let mut bytes = vec![0; count];
        let Some(count) = now_or_never(reader.read(&mut bytes))? else {
            return Ok(Gives::text("empty"));
        };
        let expected = (self.read..self.read + count).map(|byte| byte as u8);
        if !bytes[..count].iter().copied().eq(expected) {
            return Err(Error::new("other bytes than written"));
        }
        self.read += count;
        Ok(Gives::Number(count as f64))
    }

    /// Another thread claims an end, does something, and loses the end.
    fn die_after(&mut self, run: impl FnOnce(&mut Ends<'_>) -> Result<Gives> + Send) -> Result<()> {
        let (ring, written, read) = (self.ring, self.written, self.read);
        let thread = move || -> Result<(usize, usize)> {
            let mut ends = Ends {
                ring,
                writer: None,
                reader: None,
                written,
                read,
            };
            run(&mut ends)?;
            Ok((ends.written, ends.read))
        };
        let died = thread::scope(|scope| scope.spawn(thread).join());
        (self.written, self.read) = died.map_err(|_| Error::new("the thread panicked"))??;
        Ok(())
    }
}

/// `None`: not yet.
fn now_or_never(result: std::io::Result<usize>) -> Result<Option<usize>> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::TimedOut => Ok(None),
        result => Ok(Some(result?)),
    }
}
