//! Hash functions by name: RustCrypto's SHA-2, and BLAKE3.

use hmac::{EagerHash, Hmac, KeyInit, Mac};
use isothreads::{Error, Result};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};

use crate::check;
use crate::progress::Observer;

/// The number of bytes between two checks whether the task must stop.
const PART: usize = if cfg!(test) { 1 << 12 } else { 1 << 20 };

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Sha2(Sha2),
    Blake3,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sha2 {
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha512_224,
    Sha512_256,
}

/// The names of OpenSSL and Node.
const SHA2: [(&str, Sha2); 6] = [
    ("sha224", Sha2::Sha224),
    ("sha256", Sha2::Sha256),
    ("sha384", Sha2::Sha384),
    ("sha512", Sha2::Sha512),
    ("sha512-224", Sha2::Sha512_224),
    ("sha512-256", Sha2::Sha512_256),
];

impl Sha2 {
    /// Case-insensitive.
    pub fn from_name(name: &str) -> Result<Self> {
        Self::find(name).ok_or_else(|| unknown(name, ""))
    }

    fn find(name: &str) -> Option<Self> {
        let (_, algorithm) = SHA2.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(*algorithm)
    }
}

impl Algorithm {
    /// Case-insensitive.
    pub fn from_name(name: &str) -> Result<Self> {
        if name.eq_ignore_ascii_case("blake3") {
            return Ok(Self::Blake3);
        }
        Sha2::find(name)
            .map(Self::Sha2)
            .ok_or_else(|| unknown(name, ", blake3"))
    }
}

fn unknown(name: &str, more: &str) -> Error {
    let names: Vec<_> = SHA2.iter().map(|(known, _)| *known).collect();
    check::type_error(
        "ERR_CRYPTO_INVALID_DIGEST",
        format!(
            "Invalid digest: {}. Supported: {}{more}",
            check::shorten(name),
            names.join(", ")
        ),
    )
}

/// Runs `$body` with the algorithm's type as `$hash`.
macro_rules! with_sha2 {
    ($algorithm:expr, $hash:ident => $body:expr) => {
        match $algorithm {
            Sha2::Sha224 => {
                type $hash = Sha224;
                $body
            }
            Sha2::Sha256 => {
                type $hash = Sha256;
                $body
            }
            Sha2::Sha384 => {
                type $hash = Sha384;
                $body
            }
            Sha2::Sha512 => {
                type $hash = Sha512;
                $body
            }
            Sha2::Sha512_224 => {
                type $hash = Sha512_224;
                $body
            }
            Sha2::Sha512_256 => {
                type $hash = Sha512_256;
                $body
            }
        }
    };
}
pub(super) use with_sha2;

pub fn hash(algorithm: Algorithm, data: &[u8], observer: &dyn Observer) -> Result<Vec<u8>> {
    match algorithm {
        Algorithm::Sha2(algorithm) => with_sha2!(algorithm, Hash => {
            let mut hash = Hash::new();
            in_parts(data, observer, |part| hash.update(part))?;
            Ok(hash.finalize().to_vec())
        }),
        Algorithm::Blake3 => {
            let mut hash = blake3::Hasher::new();
            in_parts(data, observer, |part| {
                hash.update(part);
            })?;
            Ok(hash.finalize().as_bytes().to_vec())
        }
    }
}

pub fn hmac(algorithm: Sha2, key: &[u8], data: &[u8], observer: &dyn Observer) -> Result<Vec<u8>> {
    with_sha2!(algorithm, Hash => {
        let mut mac = keyed::<Hash>(key)?;
        in_parts(data, observer, |part| mac.update(part))?;
        Ok(mac.finalize().into_bytes().to_vec())
    })
}

pub fn keyed<H: EagerHash>(key: &[u8]) -> Result<Hmac<H>>
where
    Hmac<H>: KeyInit,
{
    // Keys of any length are valid.
    Hmac::<H>::new_from_slice(key).map_err(|_| check::invalid("key", "has a length that is not supported"))
}

fn in_parts(data: &[u8], observer: &dyn Observer, mut take: impl FnMut(&[u8])) -> Result<()> {
    for part in data.chunks(PART) {
        observer.check()?;
        take(part);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::encoding::{Encoded, Encoding};
    use crate::progress::testing::{Nobody, ends_at_every_check};

    fn hex(bytes: Vec<u8>) -> String {
        match Encoding::Hex.encode(bytes) {
            Encoded::Text(text) => text,
            Encoded::Bytes(_) => unreachable!(),
        }
    }

    fn hash_of(name: &str, data: &[u8]) -> String {
        hex(hash(Algorithm::from_name(name).unwrap(), data, &Nobody).unwrap())
    }

    #[test]
    fn known_hashes() {
        // The examples of FIPS 180-4, and BLAKE3's test vectors.
        for (name, expected) in [
            ("sha224", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
            (
                "SHA256",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (
                "sha384",
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
            ),
            (
                "sha512",
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                 2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
            ("sha512-224", "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa"),
            (
                "sha512-256",
                "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
            ),
            (
                "blake3",
                "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85",
            ),
        ] {
            assert_eq!(hash_of(name, b"abc"), expected);
        }
        let empty = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
        assert_eq!(hash_of("BLAKE3", b""), empty);
    }

    #[test]
    fn parts_make_no_difference() {
        let data = vec![7; PART + 3];
        assert_eq!(hash_of("sha256", &data), hex(Sha256::digest(&data).to_vec()));
        assert_eq!(hash_of("blake3", &data), blake3::hash(&data).to_hex().as_str());
    }

    #[test]
    fn known_macs() {
        // RFC 4231, test cases 2 and 6.
        let mac = hmac(Sha2::Sha256, b"Jefe", b"what do ya want for nothing?", &Nobody).unwrap();
        assert_eq!(
            hex(mac),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let data = b"Test Using Larger Than Block-Size Key - Hash Key First";
        let mac = hmac(Sha2::Sha224, &[0xaa; 131], data, &Nobody).unwrap();
        assert_eq!(hex(mac), "95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e");
        assert_eq!(hmac(Sha2::Sha512, b"", b"", &Nobody).unwrap().len(), 64);
    }

    #[test]
    fn unknown_names() {
        for error in [
            Algorithm::from_name("md5").unwrap_err(),
            Sha2::from_name("blake3").unwrap_err(),
        ] {
            assert_eq!((error.name(), error.code()), ("TypeError", "ERR_CRYPTO_INVALID_DIGEST"));
        }
        assert!(
            Algorithm::from_name("sha1")
                .unwrap_err()
                .message()
                .ends_with("sha512-256, blake3")
        );
    }

    #[test]
    fn ends_when_told() {
        let data = vec![1; 3 * PART];
        for algorithm in [Algorithm::Blake3, Algorithm::Sha2(Sha2::Sha512)] {
            ends_at_every_check(|observer| hash(algorithm, &data, observer));
        }
        ends_at_every_check(|observer| hmac(Sha2::Sha256, b"key", &data, observer));
    }
}
