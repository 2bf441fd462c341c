//! The orientation of a picture (Exif 2.32, tag 0x0112).

use isothreads::Result;

use super::picture::Picture;
use crate::memory;

/// The transformation that turns the picture upright, by Exif's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orientation {
    Upright = 1,
    FlipHorizontal,
    Rotate180,
    FlipVertical,
    Transpose,
    Rotate90,
    Transverse,
    Rotate270,
}

use Orientation::*;

impl Orientation {
    /// Reads Exif data; upright if the tag is missing.
    pub fn from_exif(exif: &[u8]) -> Self {
        find(exif).unwrap_or(Upright)
    }

    fn from_number(number: u16) -> Option<Self> {
        [
            Upright,
            FlipHorizontal,
            Rotate180,
            FlipVertical,
            Transpose,
            Rotate90,
            Transverse,
            Rotate270,
        ]
        .into_iter()
        .find(|orientation| *orientation as u16 == number)
    }

    /// Whether width and height are swapped.
    pub fn swaps(self) -> bool {
        matches!(self, Transpose | Rotate90 | Transverse | Rotate270)
    }

    /// Converts sizes between the stored and the upright picture, in either direction.
    pub fn swapped<T>(self, (width, height): (T, T)) -> (T, T) {
        if self.swaps() { (height, width) } else { (width, height) }
    }
}

/// Finds the tag in the first directory. Exif data is a TIFF file.
fn find(exif: &[u8]) -> Option<Orientation> {
    const TAG: u16 = 0x0112;
    const SHORT: u16 = 3;
    let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    let is_little = match exif.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |place: usize| {
        let bytes = exif.get(place..)?.first_chunk::<2>()?;
        Some(if is_little {
            u16::from_le_bytes(*bytes)
        } else {
            u16::from_be_bytes(*bytes)
        })
    };
    let long = |place: usize| {
        let bytes = exif.get(place..)?.first_chunk::<4>()?;
        Some(if is_little {
            u32::from_le_bytes(*bytes)
        } else {
            u32::from_be_bytes(*bytes)
        })
    };
    let directory = usize::try_from(long(4)?).ok()?;
    let entries = usize::from(short(directory)?);
    (0..entries)
        .map(|entry| directory.saturating_add(2 + 12 * entry))
        .map_while(|entry| Some((short(entry)?, entry)))
        .find(|(tag, _)| *tag == TAG)
        .filter(|(_, entry)| short(entry + 2) == Some(SHORT) && long(entry + 4) == Some(1))
        .and_then(|(_, entry)| Orientation::from_number(short(entry + 8)?))
}

/// Turns the picture upright.
pub fn upright<'a>(picture: Picture<'a>) -> Result<Picture<'a>> {
    if picture.orientation == Upright {
        return Ok(picture);
    }
    let pixels = match picture.channels.count() {
        1 => turned::<1>(&picture),
        2 => turned::<2>(&picture),
        3 => turned::<3>(&picture),
        _ => turned::<4>(&picture),
    }?;
    let (width, height) = picture.orientation.swapped((picture.width, picture.height));
    Ok(Picture {
        orientation: Upright,
        ..picture.with_pixels(width, height, pixels)
    })
}

fn turned<const N: usize>(picture: &Picture<'_>) -> Result<Vec<u8>> {
    /// Pixels are copied in squares, so that both the reads and the writes hit the cache.
    const SQUARE: usize = 32;
    let (pixels, _) = picture.pixels.as_chunks::<N>();
    let (width, height) = (picture.width as usize, picture.height as usize);
    let (new_width, new_height) = picture.orientation.swapped((width, height));
    let mut turned = memory::filled(0, picture.pixels.len())?;
    let (new_pixels, _) = turned.as_chunks_mut::<N>();
    // The position in the stored picture of a pixel of the upright one.
    let place_of = |x: usize, y: usize| {
        let (x, y) = match picture.orientation {
            Upright => (x, y),
            FlipHorizontal => (width - 1 - x, y),
            Rotate180 => (width - 1 - x, height - 1 - y),
            FlipVertical => (x, height - 1 - y),
            Transpose => (y, x),
            Rotate90 => (y, height - 1 - x),
            Transverse => (width - 1 - y, height - 1 - x),
            Rotate270 => (width - 1 - y, x),
        };
        y * width + x
    };
    for top in (0..new_height).step_by(SQUARE) {
        for left in (0..new_width).step_by(SQUARE) {
            for y in top..new_height.min(top + SQUARE) {
                for x in left..new_width.min(left + SQUARE) {
                    new_pixels[y * new_width + x] = pixels[place_of(x, y)];
                }
            }
        }
    }
    Ok(turned)
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::image::picture::Channels;

    /// Exif data with only this tag.
    pub fn exif(orientation: u16) -> Vec<u8> {
        let mut exif = b"MM\0*\0\0\0\x08\0\x02\x01\x00\0\x03\0\0\0\x01\0\x05\0\0\x01\x12\0\x03\0\0\0\x01".to_vec();
        exif.extend_from_slice(&orientation.to_be_bytes());
        exif.extend_from_slice(&[0; 6]);
        exif
    }

    #[test]
    fn reads_exif() {
        for number in 1..=8 {
            assert_eq!(Orientation::from_exif(&exif(number)) as u16, number);
        }
        assert_eq!(Orientation::from_exif(&[b"Exif\0\0", &exif(6)[..]].concat()), Rotate90);
        let little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0\0\0\0\0";
        assert_eq!(Orientation::from_exif(little), Rotate270);
        for number in [0, 9, u16::MAX] {
            assert_eq!(Orientation::from_exif(&exif(number)), Upright);
        }
        let whole = exif(6);
        for end in 0..whole.len() {
            let _ = Orientation::from_exif(&whole[..end]);
            for value in [0, 0xff] {
                let mut bad = whole.clone();
                bad[end] = value;
                let _ = Orientation::from_exif(&bad);
            }
        }
    }

    /// The letter F in the eight orientations, as in the well-known examples.
    #[test]
    fn turns() {
        let upright_f = "##. #.. ##. #..";
        let stored = [
            (1, "##. #.. ##. #.."),
            (2, ".## ..# .## ..#"),
            (3, "..# .## ..# .##"),
            (4, "#.. ##. #.. ##."),
            (5, "#### #.#. ...."),
            (6, ".... #.#. ####"),
            (7, ".... .#.# ####"),
            (8, "#### .#.# ...."),
        ];
        let bytes = |text: &str| text.bytes().filter(|byte| *byte != b' ').collect::<Vec<u8>>();
        for (number, text) in stored {
            let width = text.find(' ').unwrap() as u32;
            let height = text.len().div_ceil(width as usize + 1) as u32;
            for channels in [Channels::Grey, Channels::Rgb] {
                let wide = |pixels: Vec<u8>| -> Vec<u8> {
                    pixels
                        .iter()
                        .flat_map(|pixel| std::iter::repeat_n(*pixel, channels.count()))
                        .collect()
                };
                let picture = Picture {
                    orientation: Orientation::from_number(number).unwrap(),
                    ..Picture::new(width, height, channels, wide(bytes(text)))
                };
                let expected = Picture::new(3, 4, channels, wide(bytes(upright_f)));
                assert_eq!(upright(picture).unwrap(), expected, "{number}");
            }
        }
    }

    #[test]
    fn larger_than_a_square() {
        let pixels: Vec<u8> = (0..70 * 45 * 4).map(|place| (place * 7 % 251) as u8).collect();
        let picture = Picture::new(70, 45, Channels::Rgba, pixels);
        let mut turned = picture.clone();
        for _ in 0..4 {
            turned.orientation = Rotate90;
            turned = upright(turned).unwrap();
        }
        assert_eq!(turned, picture);
    }
}
