//! This crate's types, which serde lacks.

use serde::de::{Error as _, Expected, Unexpected, Visitor};

use crate::attachments::{MemoryLimits, WebAssemblyMemory};
use crate::bigint::BigInt;
use crate::failure::{Failure, Result};
use crate::magic;
use crate::reading::handles::{self, Handle};
use crate::reading::mismatch::OF_HOST;
use crate::reading::number::BigIntBytes;
use crate::reading::reader::{Opened, Reader};
use crate::reading::views::is_shared;
use crate::tag;
use crate::tag::is_buffer;
use crate::view_kind::ViewKind;

impl<'de> Reader<'de> {
    /// By the newtype struct name of the type.
    pub fn visit_own<V: Visitor<'de>>(&mut self, name: &'static str, visitor: V) -> Result<V::Value> {
        match name {
            magic::VALUE => self.visit_value(visitor),
            magic::BYTES => self.visit_owned(None, visitor),
            magic::SHARED => self.visit_shared(visitor),
            magic::PORT => self.visit_port(visitor),
            magic::WEBASSEMBLY => self.visit_webassembly(visitor),
            magic::BIGINT => self.visit_bigint(visitor),
            _ => match magic::kind_of(name) {
                Some(kind) => self.visit_owned(Some(kind), visitor),
                None => visitor.visit_newtype_struct(self),
            },
        }
    }

    /// Exclusive memory, if a view of this kind comes next, or any buffer for `None`. Otherwise reads the next value as
    /// it is, because the type accepts other values.
    fn visit_owned<V: Visitor<'de>>(&mut self, kind: Option<ViewKind>, visitor: V) -> Result<V::Value> {
        let before = self.place();
        let opened = self.open()?;
        if is_buffer(opened.tag) {
            let view = self.view(opened)?;
            if view.is_shared() {
                return Err(is_shared());
            }
            if kind.is_none() || view.kind == kind {
                let storage = view.take(self)?;
                return handles::visit(Handle::Bytes(storage), visitor);
            }
        }
        self.go_back(before);
        visitor.visit_newtype_struct(self)
    }

    /// Shared memory; or an object, for types that also correspond to a JavaScript class.
    fn visit_shared<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let before = self.place();
        let opened = self.open()?;
        if opened.tag == tag::OBJECT {
            self.go_back(before);
            return visitor.visit_newtype_struct(self);
        }
        if !is_buffer(opened.tag) {
            return Err(self.mismatch(&opened, &visitor));
        }
        match self.view(opened)?.share(self) {
            Some(handle) => handles::visit(handle, visitor),
            None => Err(Failure::invalid_type(
                Unexpected::Other("memory that is not shared"),
                &visitor,
            )),
        }
    }

    fn visit_port<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let opened = self.open()?;
        if opened.tag != tag::HOST_OBJECT {
            return Err(self.mismatch(&opened, &visitor));
        }
        let port = self.port()?;
        self.close(opened);
        handles::visit(port, visitor)
    }

    /// After the tag of a host object: its port, which is taken.
    pub fn port(&mut self) -> Result<Handle> {
        let index = self.input.varint()? as usize;
        if index >= tag::LAST_OF_HOST as usize {
            return Err(Failure::new(format!("only JavaScript can read {OF_HOST}")));
        }
        let slot = self.message.ports.get(index).ok_or_else(Failure::malformed)?;
        let port = slot.take();
        port.map(Handle::Port)
            .ok_or_else(|| Failure::new("a MessagePort was already taken out of the message"))
    }

    fn visit_webassembly<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let opened = self.open()?;
        let handle = self.webassembly(&opened, &visitor)?;
        self.close(opened);
        handles::visit(handle, visitor)
    }

    /// After the tag of a module or a memory.
    pub fn webassembly(&mut self, opened: &Opened, expected: &dyn Expected) -> Result<Handle> {
        match opened.tag {
            tag::WASM_MODULE => {
                let index = self.input.varint()? as usize;
                let module = self.message.modules.get(index).ok_or_else(Failure::malformed)?;
                Ok(Handle::Module(module.clone()))
            }
            tag::WASM_MEMORY => {
                let limits = MemoryLimits::read(&mut self.input)?;
                let buffer = self.memory_buffer()?;
                Ok(Handle::Memory(WebAssemblyMemory::new(buffer, limits)))
            }
            _ => Err(self.mismatch(opened, expected)),
        }
    }

    /// Of any size.
    fn visit_bigint<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let before = self.place();
        let opened = self.open()?;
        match opened.tag {
            tag::BIGINT | tag::BIGINT_OBJECT => {}
            tag::INT32 | tag::UINT32 | tag::DOUBLE | tag::NUMBER_OBJECT => {
                self.go_back(before);
                return visitor.visit_newtype_struct(self);
            }
            _ => return Err(self.mismatch(&opened, &visitor)),
        }
        let bytes = BigIntBytes::read(&mut self.input)?;
        self.close(opened);
        let value = BigInt::new(bytes.is_negative, bytes.magnitude);
        handles::visit(Handle::BigInt(value), visitor)
    }
}
