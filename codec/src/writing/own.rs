//! This crate's types, which serde lacks.

use serde::Serialize;

use crate::attachments::MemoryMark;
use crate::failure::{Failure, Result};
use crate::magic;
use crate::tag;
use crate::writing::attachments::{self, Attachment};
use crate::writing::leaf::Leaf;
use crate::writing::text::write_varint;
use crate::writing::writer::{Shape, Writer};

impl Writer {
    fn write_attachment(&mut self, number: u64) -> Result<()> {
        let attachment = attachments::get(number)
            .ok_or_else(|| Failure::new("the transferred contents are not part of this message"))?;
        self.attached += 1;
        match attachment {
            Attachment::Transferred(index, view) => {
                self.out.push(tag::TRANSFERRED_BUFFER);
                write_varint(&mut self.out, index);
                self.write_view(view)
            }
            Attachment::Shared(index, mark, view) => {
                self.write_shared(index, mark);
                match view {
                    Some(view) => self.write_view(view),
                    None => Ok(()),
                }
            }
            Attachment::Port(index) => {
                self.out.push(tag::HOST_OBJECT);
                write_varint(&mut self.out, index);
                Ok(())
            }
            Attachment::Module(index) => {
                self.out.push(tag::WASM_MODULE);
                write_varint(&mut self.out, index);
                Ok(())
            }
            Attachment::Memory(index, mark, limits) => {
                self.out.push(tag::WASM_MEMORY);
                write_varint(&mut self.out, limits.most_pages);
                self.out.extend(limits.address);
                self.write_shared(index, mark);
                Ok(())
            }
        }
    }

    fn write_shared(&mut self, index: u32, mark: Option<MemoryMark>) {
        self.out.push(tag::SHARED_BUFFER);
        write_varint(&mut self.out, index);
        self.out.extend(mark.map(|mark| match mark {
            MemoryMark::Fixed => tag::memory_mark::FIXED,
            MemoryMark::Resizable => tag::memory_mark::RESIZABLE,
        }));
    }

    /// This crate's types, by the names of their newtype structs.
    pub fn write_own<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        self.shape = match name {
            magic::COMPOSITE => {
                self.out.push(tag::HOST_OBJECT);
                write_varint(&mut self.out, tag::VALUE_IN_PLACE);
                Shape::Plain
            }
            magic::ATTACHMENT => {
                let number = value.serialize(Leaf)?.number()?;
                return self.write_attachment(number);
            }
            magic::DATE => {
                let milliseconds = value.serialize(Leaf)?.double()?;
                self.out.push(tag::DATE);
                self.out.extend_from_slice(&milliseconds.to_ne_bytes());
                return Ok(());
            }
            magic::ARRAY_BUFFER => Shape::ArrayBuffer,
            magic::BIGINT => Shape::BigInt,
            magic::MAP => Shape::Map,
            magic::SET => Shape::Set,
            magic::REGEXP => Shape::RegExp,
            magic::ERROR => Shape::Error,
            _ => match magic::kind_of(name) {
                Some(kind) => {
                    attachments::want_elements();
                    Shape::View(kind)
                }
                None => Shape::Plain,
            },
        };
        value.serialize(&mut *self)?;
        // Types that did not use the request must not leave it behind.
        self.shape = Shape::Plain;
        attachments::wants_elements();
        Ok(())
    }
}
