//! The sizes of the frames in a WebP file (RFC 9649).
//!
//! A frame has its own size besides that of the picture in the file's header. The decoder compares the two only
//! after it has allocated and decoded the frame, which is too late for a small picture with a large frame.

/// Width and height of each lossy frame. The decoder checks lossless frames in time.
pub fn frames(file: &[u8]) -> impl Iterator<Item = (u32, u32)> {
    /// `RIFF`, a length, `WEBP`.
    const HEADER: usize = 12;
    /// The position and duration of an animation's frame.
    const FRAME_HEADER: usize = 16;
    chunks(file.get(HEADER..).unwrap_or_default())
        .flat_map(|(name, body)| {
            let inside = match name {
                b"ANMF" => body.get(FRAME_HEADER..).unwrap_or_default(),
                _ => &[],
            };
            std::iter::once((name, body)).chain(chunks(inside))
        })
        .filter(|(name, _)| *name == b"VP8 ")
        .filter_map(|(_, body)| size_of_frame(body))
}

/// Name and body of each chunk. The body of a truncated chunk is shorter.
fn chunks(mut bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (name, rest) = bytes.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        // Chunks start at even offsets.
        bytes = rest.get(length.next_multiple_of(2)..).unwrap_or_default();
        Some((name, &rest[..length.min(rest.len())]))
    })
}

/// The size follows a three-byte tag and a three-byte start code (RFC 6386, section 9.1).
fn size_of_frame(body: &[u8]) -> Option<(u32, u32)> {
    let (width, rest) = body.get(6..)?.split_first_chunk::<2>()?;
    let (height, _) = rest.split_first_chunk::<2>()?;
    // The upper two bits are a scale, which decoders ignore.
    let side = |bytes: &[u8; 2]| u32::from(u16::from_le_bytes(*bytes) & 0x3fff);
    Some((side(width), side(height)))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let padding = vec![0; body.len() % 2];
        [name, &(body.len() as u32).to_le_bytes()[..], body, &padding].concat()
    }

    pub fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
        chunk(b"RIFF", &[b"WEBP", &chunks.concat()[..]].concat())
    }

    /// The beginning of a key frame.
    pub fn frame(width: u16, height: u16) -> Vec<u8> {
        let header = [0x10, 0x00, 0x00, 0x9d, 0x01, 0x2a];
        let body = [&header[..], &width.to_le_bytes(), &height.to_le_bytes(), &[0; 7]].concat();
        chunk(b"VP8 ", &body)
    }

    #[test]
    fn finds_frames() {
        let plain = file(&[frame(30, 20)]);
        assert_eq!(frames(&plain).collect::<Vec<_>>(), [(30, 20)]);
        let animation = |body: &[u8]| chunk(b"ANMF", &[&[0; 16], body].concat());
        let all = file(&[
            chunk(b"ODD ", &[1, 2, 3]),
            frame(1, 2),
            animation(&[chunk(b"ALPH", &[9]), frame(3, 4)].concat()),
            animation(&frame(5, 0x7fff)),
        ]);
        assert_eq!(frames(&all).collect::<Vec<_>>(), [(1, 2), (3, 4), (5, 0x3fff)]);
        for end in 0..all.len() {
            assert!(frames(&all[..end]).count() <= 3);
        }
        let endless = [&all[..12], b"VP8 ", &[0xff; 30]].concat();
        assert_eq!(frames(&endless).count(), 1);
    }
}
