//! Decodes JPEG files by libjpeg-turbo, which the crate mozjpeg-sys builds.
//!
//! The library is written in C. It calls back with errors, warnings and progress. Each callback may stop the
//! decoding by unwinding through the library's frames, which are compiled for unwinding. Every call of the library
//! goes through `Decoder::run`, which catches the unwinding.

use std::ffi::c_int;
use std::marker::PhantomData;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::ptr::NonNull;
use std::slice;

use isothreads::{Error, Result};
use mozjpeg_sys as sys;

use super::picture::{Channels, broken};
use crate::memory;
use crate::progress::Step;

const EXIF: u8 = 0xe1;
const PROFILE: u8 = 0xe2;
const ADOBE: u8 = 0xee;

/// Warnings that mean a missing part of the picture, which the library would fill with grey.
const MISSING: [sys::J_MESSAGE_CODE; 4] = [
    sys::JWRN_HIT_MARKER,
    sys::JWRN_HUFF_BAD_CODE,
    sys::JWRN_JPEG_EOF,
    sys::JWRN_MUST_RESYNC,
];

/// A file whose header was read.
pub struct Decoder<'a> {
    /// Owned. A raw pointer, because the library has pointers into the state.
    state: NonNull<State<'a>>,
    data: PhantomData<&'a [u8]>,
}

struct State<'a> {
    /// Points to the other three.
    library: sys::jpeg_decompress_struct,
    errors: sys::jpeg_error_mgr,
    progress: sys::jpeg_progress_mgr,
    step: &'a Step<'a>,
}

impl<'a> Decoder<'a> {
    pub fn new(data: &'a [u8], step: &'a Step<'a>) -> Result<Self> {
        let state = NonNull::from(Box::leak(Box::new(State {
            // SAFETY: C structures, for which zeros are valid: null pointers, absent functions, first variants.
            library: unsafe { mem::zeroed() },
            errors: unsafe { mem::zeroed() },
            progress: unsafe { mem::zeroed() },
            step,
        })));
        let mut decoder = Self {
            state,
            data: PhantomData,
        };
        // SAFETY: the state lives until the decoder is dropped, and nothing else refers to it now.
        unsafe {
            let state = state.as_ptr();
            sys::jpeg_std_error(&mut (*state).errors);
            (*state).errors.error_exit = Some(on_error);
            (*state).errors.emit_message = Some(on_message);
            (*state).progress.progress_monitor = Some(on_progress);
            (*state).library.common.err = &raw mut (*state).errors;
            (*state).library.common.client_data = (&raw mut (*state).step).cast();
        }
        decoder.run(|library| {
            // SAFETY: the error manager is in place. The data lives as long as the decoder.
            unsafe {
                sys::jpeg_create_decompress(library);
                // Creation clears the fields.
                library.common.progress = &raw mut (*state.as_ptr()).progress;
                sys::jpeg_mem_src(library, data.as_ptr(), data.len() as _);
                for marker in [EXIF, PROFILE, ADOBE] {
                    sys::jpeg_save_markers(library, marker.into(), 0xffff);
                }
                // `1`: a file without a picture is an error.
                sys::jpeg_read_header(library, 1);
            }
            Ok(())
        })?;
        Ok(decoder)
    }

    fn library(&self) -> &sys::jpeg_decompress_struct {
        // SAFETY: only `run` changes it, and `run` borrows the decoder mutably.
        unsafe { &(*self.state.as_ptr()).library }
    }

    /// The size as it is stored.
    pub fn size(&self) -> (u32, u32) {
        (self.library().image_width, self.library().image_height)
    }

    /// The number of components in the file.
    pub fn components(&self) -> u8 {
        self.library().num_components as u8
    }

    /// The channels of the decoded pixels.
    pub fn channels(&self) -> Channels {
        match self.library().jpeg_color_space {
            sys::JCS_GRAYSCALE => Channels::Grey,
            _ => Channels::Rgb,
        }
    }

    /// How many times coarser the colour is stored in one direction than in the other: 1 for 4:4:4 and 4:2:0, 2 for
    /// 4:2:2, 4 for 4:1:1. The library scales coarse components down as well.
    pub fn unevenness(&self) -> u32 {
        let library = self.library();
        let components = match library.num_components {
            // SAFETY: the header was read and has this number of components.
            count if !library.comp_info.is_null() => unsafe {
                slice::from_raw_parts(library.comp_info, count as usize)
            },
            _ => &[],
        };
        let sampling =
            |component: &sys::jpeg_component_info| (component.h_samp_factor as u32, component.v_samp_factor as u32);
        let most_across = components
            .iter()
            .map(|component| sampling(component).0)
            .max()
            .unwrap_or(1);
        let most_down = components
            .iter()
            .map(|component| sampling(component).1)
            .max()
            .unwrap_or(1);
        components
            .iter()
            .map(|component| {
                let (across, down) = sampling(component);
                let (across, down) = (most_across * down, most_down * across);
                across.max(down).div_ceil(across.min(down).max(1))
            })
            .max()
            .unwrap_or(1)
    }

    pub fn exif(&self) -> Option<&[u8]> {
        self.segments(EXIF).find(|segment| segment.starts_with(b"Exif\0\0"))
    }

    /// Joins the parts of the profile. Each has its number and the number of parts (ICC.1:2010, B.4).
    pub fn profile(&self) -> Option<Vec<u8>> {
        let mut parts: Vec<(u8, u8, &[u8])> = self
            .segments(PROFILE)
            .filter_map(|segment| match segment.strip_prefix(b"ICC_PROFILE\0")? {
                [number, of, part @ ..] => Some((*number, *of, part)),
                _ => None,
            })
            .collect();
        parts.sort_by_key(|(number, ..)| *number);
        let is_complete = (1..)
            .zip(&parts)
            .all(|(expected, (number, of, _))| usize::from(*number) == expected && usize::from(*of) == parts.len());
        (is_complete && !parts.is_empty()).then(|| parts.into_iter().flat_map(|(.., part)| part).copied().collect())
    }

    fn segments(&self, marker: u8) -> impl Iterator<Item = &[u8]> {
        let mut next = self.library().marker_list.cast_const();
        std::iter::from_fn(move || {
            // SAFETY: the list ends with a null pointer, and it and its data live until the library is destroyed.
            let segment = unsafe { next.as_ref() }?;
            next = segment.next;
            let data = match segment.data_length {
                0 => &[],
                // SAFETY: as above.
                length => unsafe { slice::from_raw_parts(segment.data.cast_const(), length as usize) },
            };
            Some((segment.marker, data))
        })
        .filter(move |(of, _)| *of == marker)
        .map(|(_, data)| data)
    }

    /// Decodes the pixels. Returns their size, which is that of the picture divided by `shrink` and rounded up, and
    /// the pixels. The library scales by 1, 2, 4 or 8 as it transforms the blocks.
    pub fn decode(mut self, shrink: u32) -> Result<(u32, u32, Vec<u8>)> {
        let channels = self.channels();
        let is_cmyk = matches!(self.library().jpeg_color_space, sys::JCS_CMYK | sys::JCS_YCCK);
        // Adobe's programs, which write this marker, store CMYK inverted.
        let is_inverted = self.segments(ADOBE).any(|segment| segment.starts_with(b"Adobe"));
        self.run(|library| {
            library.out_color_space = match library.jpeg_color_space {
                sys::JCS_GRAYSCALE => sys::JCS_GRAYSCALE,
                sys::JCS_YCbCr | sys::JCS_RGB => sys::JCS_RGB,
                sys::JCS_CMYK | sys::JCS_YCCK => sys::JCS_CMYK,
                _ => return Err(broken("unknown colour space")),
            };
            (library.scale_num, library.scale_denom) = (1, shrink);
            // SAFETY: the header was read, and the source never suspends because all data is present.
            unsafe { sys::jpeg_start_decompress(library) };
            let (width, height) = (library.output_width, library.output_height);
            let stored = if is_cmyk { 4 } else { channels.count() };
            if library.output_components as usize != stored {
                return Err(broken("contradictory header"));
            }
            let row_length = width as usize * channels.count();
            let mut pixels = Vec::new();
            memory::reserve(&mut pixels, row_length * height as usize)?;
            if is_cmyk {
                let mut row = memory::filled(0, width as usize * stored)?;
                while library.output_scanline < height {
                    let mut rows = [row.as_mut_ptr()];
                    // SAFETY: `rows` has one row of the full length.
                    unsafe { sys::jpeg_read_scanlines(library, rows.as_mut_ptr(), 1) };
                    for cmyk in row.as_chunks::<4>().0 {
                        pixels.extend_from_slice(&rgb_of(*cmyk, is_inverted));
                    }
                }
            } else {
                let first = pixels.as_mut_ptr();
                while library.output_scanline < height {
                    let done = library.output_scanline;
                    // SAFETY: the rows are within the capacity of the vector: there is memory for `height` of them.
                    let mut rows = std::array::from_fn::<_, ROWS, _>(|row| unsafe {
                        first.add((done as usize + row).min(height as usize - 1) * row_length)
                    });
                    // SAFETY: the library writes at most this number of rows of full length, and stops at the end
                    // of the picture.
                    unsafe { sys::jpeg_read_scanlines(library, rows.as_mut_ptr(), (height - done).min(ROWS as u32)) };
                }
                // SAFETY: all rows were written.
                unsafe { pixels.set_len(row_length * height as usize) };
            }
            // Reads up to the end marker. A file without it is incomplete.
            // SAFETY: all rows were read.
            unsafe { sys::jpeg_finish_decompress(library) };
            Ok((width, height, pixels))
        })
    }

    /// Calls the library. Returns an error that a callback raised; after it the decoder can only be dropped.
    fn run<T>(&mut self, call: impl FnOnce(&mut sys::jpeg_decompress_struct) -> Result<T>) -> Result<T> {
        // SAFETY: the state lives as long as the decoder, which is borrowed mutably.
        let library = unsafe { &mut (*self.state.as_ptr()).library };
        match panic::catch_unwind(AssertUnwindSafe(|| call(library))) {
            Ok(result) => result,
            Err(payload) => match payload.downcast::<Raised>() {
                Ok(raised) => Err(raised.0),
                Err(payload) => panic::resume_unwind(payload),
            },
        }
    }
}

/// The number of rows per call. The library may return fewer.
const ROWS: usize = 16;

impl Drop for Decoder<'_> {
    fn drop(&mut self) {
        // SAFETY: `new` made the state, and it is released once. The library may be destroyed in every state, also
        // after an error and before its creation, and does not call back meanwhile.
        unsafe {
            let mut state = Box::from_raw(self.state.as_ptr());
            sys::jpeg_destroy_decompress(&mut state.library);
        }
    }
}

/// The payload of an unwinding from a callback to `Decoder::run`.
struct Raised(Error);

#[cold]
fn raise(error: Error) -> ! {
    // `resume_unwind` does not call the panic hook.
    panic::resume_unwind(Box::new(Raised(error)))
}

unsafe extern "C-unwind" fn on_error(library: &mut sys::jpeg_common_struct) {
    // SAFETY: the library calls with its error manager set.
    let code = unsafe { (*library.err).msg_code };
    raise(if code == sys::JERR_OUT_OF_MEMORY as c_int {
        memory::shortage()
    } else {
        broken(message(library))
    })
}

/// `level`: -1 is a warning. Other levels are trace messages.
unsafe extern "C-unwind" fn on_message(library: &mut sys::jpeg_common_struct, level: c_int) {
    // SAFETY: the library calls with its error manager set.
    let code = unsafe { (*library.err).msg_code };
    if level < 0 && MISSING.iter().any(|missing| *missing as c_int == code) {
        raise(broken(message(library)));
    }
}

fn message(library: &mut sys::jpeg_common_struct) -> String {
    type Declared = unsafe extern "C-unwind" fn(&mut sys::jpeg_common_struct, &[u8; 80]);
    /// The C declaration, with a pointer to mutable memory.
    type Format = unsafe extern "C-unwind" fn(&mut sys::jpeg_common_struct, *mut u8);
    let mut text = [0_u8; 80];
    // SAFETY: the library calls with its error manager set.
    if let Some(format) = unsafe { (*library.err).format_message } {
        // SAFETY: the parameter is a pointer in both declarations. The function of jpeg_std_error writes at most 80
        // bytes.
        unsafe { mem::transmute::<Declared, Format>(format)(library, text.as_mut_ptr()) };
    }
    let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
    String::from_utf8_lossy(&text[..end]).into_owned()
}

/// Called between rows, and between the block rows of each scan of a progressive file.
unsafe extern "C-unwind" fn on_progress(library: &mut sys::jpeg_common_struct) {
    // SAFETY: `Decoder::new` set both pointers, and their targets live as long as the library.
    let (step, progress) = unsafe { (*library.client_data.cast::<&Step<'_>>(), &*library.progress) };
    let passes = progress.total_passes.max(1) as usize;
    let limit = progress.pass_limit.max(1) as usize;
    let done = (progress.pass_counter.max(0) as usize).min(limit);
    if let Err(error) = step.reached(progress.completed_passes as usize * limit + done, passes * limit) {
        raise(error);
    }
}

/// The plain conversion, without a colour profile.
fn rgb_of([cyan, magenta, yellow, black]: [u8; 4], is_inverted: bool) -> [u8; 3] {
    let light = |ink: u8| u16::from(if is_inverted { ink } else { !ink });
    [cyan, magenta, yellow].map(|ink| ((light(ink) * light(black) + 127) / 255) as u8)
}
