//! Checks a file before the system's loader maps it. The loader trusts its input: it blocks on a named pipe, and a page
//! beyond the end of a truncated file kills the process. Only headers and symbol tables are read.
//!
//! The loader opens the path again, so a file that is replaced or truncated after this check, or while it is in use,
//! goes undetected.

use std::cell::Cell;
use std::fs::{File, FileType, OpenOptions};
use std::ops::Range;
use std::path::Path;

use object::read::elf::{FileHeader, ProgramHeader, SectionHeader, Sym};
use object::read::macho::{FatArch, MachOFatFile32, MachOFatFile64};
use object::read::{NameOrOrdinal, ReadCache, ReadRef};
use object::{Architecture, Endianness, FileKind, Object, ObjectSegment, elf};

/// The most bytes that are read of one file; a library with 30,000 exported symbols has 2 MB of tables.
const MOST_READ: u64 = 64 << 20;

#[cfg(target_pointer_width = "64")]
type Header = elf::FileHeader64<Endianness>;
#[cfg(not(target_pointer_width = "64"))]
type Header = elf::FileHeader32<Endianness>;

const TRUNCATED: &str = "it is truncated: its headers describe data beyond the end of the file";

/// Checks that the file is a complete shared library for this machine that exports `entry`. The error says what the
/// file is instead.
pub fn exports(path: &Path, entry: &str) -> Result<bool, String> {
    let file = open(path)?;
    let length = file.metadata().map_err(|error| error.to_string())?.len();
    let cache = ReadCache::new(file);
    let left = Cell::new(MOST_READ);
    let tables = Tables {
        cache: &cache,
        left: &left,
        start: 0,
        length,
    };
    let kind = FileKind::parse(tables).map_err(|_| "it is not a shared library".to_owned())?;
    match kind {
        FileKind::Elf32 | FileKind::Elf64 if !cfg!(any(windows, target_vendor = "apple")) => {
            elf_exports(tables, kind, entry)
        }
        FileKind::MachO32 | FileKind::MachO64 if cfg!(target_vendor = "apple") => object_exports(tables, entry),
        FileKind::MachOFat32 if cfg!(target_vendor = "apple") => {
            let file = MachOFatFile32::parse(tables).map_err(explain)?;
            object_exports(tables.of_this_machine(file.arches())?, entry)
        }
        FileKind::MachOFat64 if cfg!(target_vendor = "apple") => {
            let file = MachOFatFile64::parse(tables).map_err(explain)?;
            object_exports(tables.of_this_machine(file.arches())?, entry)
        }
        FileKind::Pe32 | FileKind::Pe64 if cfg!(windows) => object_exports(tables, entry),
        _ => Err(format!("it is not a shared library for this system, but {kind:?}")),
    }
}

/// Never blocks, whatever the path leads to. Checks the type first, because opening a device may have effects.
fn open(path: &Path) -> Result<File, String> {
    let check = |kind: FileType| match describe(kind) {
        None => Ok(()),
        Some(kind) => Err(format!("it is {kind}, not a file")),
    };
    let explain = |error: std::io::Error| error.to_string();
    check(std::fs::metadata(path).map_err(explain)?.file_type())?;
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK | libc::O_NOCTTY);
    let file = options.open(path).map_err(explain)?;
    check(file.metadata().map_err(explain)?.file_type())?;
    Ok(file)
}

fn describe(kind: FileType) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return Some("a named pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
        if kind.is_char_device() || kind.is_block_device() {
            return Some("a device");
        }
    }
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a folder")
    } else {
        Some("something else")
    }
}

fn elf_exports(tables: Tables<'_>, kind: FileKind, entry: &str) -> Result<bool, String> {
    let is_wide = kind == FileKind::Elf64;
    if is_wide != cfg!(target_pointer_width = "64") {
        let bits = if is_wide { 64 } else { 32 };
        return Err(format!("it is a {bits}-bit library, which this process cannot load"));
    }
    let header = Header::parse(tables).map_err(explain)?;
    let endian = header.endian().map_err(explain)?;
    if header.is_big_endian() != cfg!(target_endian = "big")
        || this_machine().is_some_and(|own| own != header.e_machine(endian))
    {
        return Err(format!(
            "it is a library for a processor other than {}",
            std::env::consts::ARCH
        ));
    }
    if header.e_type(endian) != elf::ET_DYN {
        return Err("it is not a shared library: crates need crate-type = [\"cdylib\"]".into());
    }
    let segments = header.program_headers(endian, tables).map_err(explain)?;
    for segment in segments.iter().filter(|segment| segment.p_type(endian) == elf::PT_LOAD) {
        let (offset, size) = segment.file_range(endian);
        tables.check(offset, size)?;
    }
    let sections = header.section_headers(endian, tables).map_err(explain)?;
    let Some(section) = sections
        .iter()
        .find(|section| section.sh_type(endian) == elf::SHT_DYNSYM)
    else {
        return Ok(false);
    };
    let symbols: &[<Header as FileHeader>::Sym] = section.data_as_array(endian, tables).map_err(explain)?;
    let Some(names) = sections.get(section.link(endian).0) else {
        return Err(TRUNCATED.into());
    };
    let names = names.data(endian, tables).map_err(explain)?;
    let is_entry = |symbol: &<Header as FileHeader>::Sym| {
        let name = names
            .get(symbol.st_name(endian) as usize..)
            .and_then(|name| name.strip_prefix(entry.as_bytes()));
        !symbol.is_undefined(endian) && !symbol.is_local() && name.is_some_and(|rest| rest.first() == Some(&0))
    };
    Ok(symbols.iter().any(is_entry))
}

fn this_machine() -> Option<elf::Machine> {
    match std::env::consts::ARCH {
        "x86_64" => Some(elf::EM_X86_64),
        "x86" => Some(elf::EM_386),
        "aarch64" => Some(elf::EM_AARCH64),
        "arm" => Some(elf::EM_ARM),
        "powerpc64" => Some(elf::EM_PPC64),
        "riscv64" => Some(elf::EM_RISCV),
        "s390x" => Some(elf::EM_S390),
        "loongarch64" => Some(elf::EM_LOONGARCH),
        // The loader refuses executables.
        _ => None,
    }
}

/// For formats other than ELF.
fn object_exports(tables: Tables<'_>, entry: &str) -> Result<bool, String> {
    let file = object::File::parse(tables).map_err(explain)?;
    for segment in file.segments() {
        let (offset, size) = segment.file_range();
        tables.check(offset, size)?;
    }
    for export in file.exports().map_err(explain)? {
        let export = export.map_err(explain)?;
        if let NameOrOrdinal::Name(name) = export.name() {
            // Mach-O prefixes C symbols with an underscore.
            if name.strip_prefix(b"_").unwrap_or(name) == entry.as_bytes() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn explain(error: object::Error) -> String {
    format!("it is damaged or truncated: {error}")
}

/// A part of a file that is read on demand.
#[derive(Clone, Copy)]
struct Tables<'a> {
    cache: &'a ReadCache<File>,
    /// Bytes left of `MOST_READ`.
    left: &'a Cell<u64>,
    start: u64,
    length: u64,
}

impl<'a> Tables<'a> {
    fn check(self, offset: u64, size: u64) -> Result<(), String> {
        match offset.checked_add(size) {
            Some(end) if end <= self.length => Ok(()),
            _ => Err(TRUNCATED.into()),
        }
    }

    /// Finds the part of a universal binary that is for this machine.
    fn of_this_machine(self, parts: &[impl FatArch]) -> Result<Self, String> {
        let own = if cfg!(target_arch = "aarch64") {
            Architecture::Aarch64
        } else {
            Architecture::X86_64
        };
        let part = parts.iter().find(|part| part.architecture() == own);
        let (offset, size) = part.ok_or("it is a library for other processors")?.file_range();
        self.check(offset, size)?;
        Ok(Self {
            start: offset,
            length: size,
            ..self
        })
    }

    fn spend(self, size: u64) -> Result<(), ()> {
        self.left.set(self.left.get().checked_sub(size).ok_or(())?);
        Ok(())
    }
}

impl<'a> ReadRef<'a> for Tables<'a> {
    fn len(self) -> Result<u64, ()> {
        Ok(self.length)
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'a [u8], ()> {
        self.check(offset, size).map_err(drop)?;
        self.spend(size)?;
        self.cache.read_bytes_at(self.start + offset, size)
    }

    fn read_bytes_at_until(self, range: Range<u64>, delimiter: u8) -> Result<&'a [u8], ()> {
        self.check(range.end, 0).map_err(drop)?;
        self.spend(1)?;
        self.cache
            .read_bytes_at_until(self.start + range.start..self.start + range.end, delimiter)
    }
}
