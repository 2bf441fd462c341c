//! PBKDF2 (RFC 8018) with HMAC.
//!
//! RustCrypto's `pbkdf2` crate cannot be stopped during a run of minutes. The tests here compare with it.

use hmac::digest::OutputSizeUser;
use hmac::{EagerHash, Hmac, KeyInit, Mac};
use isothreads::Result;
use sha2::{Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};

use super::digest::{Sha2, keyed, with_sha2};
use crate::progress::Observer;

/// The iterations between two checks whether the task must stop: some milliseconds.
const ITERATIONS: u32 = 4096;

/// Fills the key; `iterations` is at least 1.
pub fn pbkdf2(
    digest: Sha2,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    key: &mut [u8],
    observer: &dyn Observer,
) -> Result<()> {
    with_sha2!(digest, Hash => derive::<Hash>(password, salt, iterations, key, observer))
}

fn derive<H: EagerHash>(
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    key: &mut [u8],
    observer: &dyn Observer,
) -> Result<()>
where
    Hmac<H>: Mac + KeyInit + Clone,
{
    let keyed = keyed::<H>(password)?;
    for (number, block) in (1_u32..).zip(key.chunks_mut(Hmac::<H>::output_size())) {
        observer.check()?;
        let mut mac = keyed.clone();
        mac.update(salt);
        mac.update(&number.to_be_bytes());
        let mut last = mac.finalize().into_bytes();
        let mut sum = last.clone();
        for iteration in 1..iterations {
            if iteration % ITERATIONS == 0 {
                observer.check()?;
            }
            let mut mac = keyed.clone();
            mac.update(&last);
            last = mac.finalize().into_bytes();
            for (sum, byte) in sum.iter_mut().zip(&last) {
                *sum ^= byte;
            }
        }
        block.copy_from_slice(&sum[..block.len()]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crypto::encoding::{Encoded, Encoding};
    use crate::progress::testing::{Nobody, ends_at_every_check};

    fn key_of(digest: Sha2, password: &[u8], salt: &[u8], iterations: u32, length: usize) -> Vec<u8> {
        let mut key = vec![0; length];
        pbkdf2(digest, password, salt, iterations, &mut key, &Nobody).unwrap();
        key
    }

    #[test]
    fn known_keys() {
        // RFC 7914, section 11.
        let key = key_of(Sha2::Sha256, b"passwd", b"salt", 1, 64);
        let expected = "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc\
                        49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783";
        assert_eq!(Encoding::Hex.encode(key), Encoded::Text(expected.into()));
        assert!(key_of(Sha2::Sha256, b"", b"", 1, 0).is_empty());
    }

    #[test]
    fn ends_when_told() {
        ends_at_every_check(|observer| pbkdf2(Sha2::Sha256, b"a", b"b", 3 * ITERATIONS, &mut [0; 40], observer));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn as_the_crate(password: Vec<u8>, salt: Vec<u8>, iterations in 1_u32..20, length in 0_usize..200) {
            let mut expected = vec![0; length];
            pbkdf2_crate::pbkdf2_hmac::<Sha512>(&password, &salt, iterations, &mut expected);
            prop_assert_eq!(key_of(Sha2::Sha512, &password, &salt, iterations, length), expected);
        }
    }
}
