//! Hashes, message authentication codes and keys from passwords. Names and limits are Node's.

mod digest;
mod encoding;
mod pbkdf2;
mod scrypt;

use isothreads::{Result, Task, worker};
use serde::Deserialize;

use self::digest::{Algorithm, Sha2};
use self::encoding::{Encoded, Encoding};
use self::scrypt::Cost;
use crate::check;
use crate::input::Data;
use crate::memory;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct HashInput<'a> {
    algorithm: String,
    #[serde(borrow)]
    data: Data<'a>,
    encoding: Option<String>,
}

/// Hashes { algorithm, data } with SHA-2 or BLAKE3; encoding: hex, base64, base64url, bytes.
#[worker]
fn hash(input: HashInput<'_>, task: &Task) -> Result<Encoded> {
    let (algorithm, encoding) = (
        Algorithm::from_name(&input.algorithm)?,
        encoding(input.encoding, Encoding::Hex)?,
    );
    Ok(encoding.encode(digest::hash(algorithm, &input.data, task)?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct HmacInput<'a> {
    algorithm: String,
    #[serde(borrow)]
    key: Data<'a>,
    #[serde(borrow)]
    data: Data<'a>,
    encoding: Option<String>,
}

/// Computes the HMAC of { algorithm, key, data } with SHA-2; encoding: hex, base64, base64url, bytes.
#[worker]
fn hmac(input: HmacInput<'_>, task: &Task) -> Result<Encoded> {
    let (algorithm, encoding) = (
        Sha2::from_name(&input.algorithm)?,
        encoding(input.encoding, Encoding::Hex)?,
    );
    Ok(encoding.encode(digest::hmac(algorithm, &input.key, &input.data, task)?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct Pbkdf2Input<'a> {
    #[serde(borrow)]
    password: Data<'a>,
    #[serde(borrow)]
    salt: Data<'a>,
    iterations: f64,
    keylen: f64,
    digest: String,
    encoding: Option<String>,
}

/// Derives a key from { password, salt, iterations, keylen, digest }; encoding: bytes, hex, base64, base64url.
#[worker]
fn pbkdf2(input: Pbkdf2Input<'_>, task: &Task) -> Result<Encoded> {
    let (digest, encoding) = (
        Sha2::from_name(&input.digest)?,
        encoding(input.encoding, Encoding::Bytes)?,
    );
    let iterations = check::size("iterations", input.iterations, 1..=MOST)? as u32;
    let mut key = key(input.keylen)?;
    pbkdf2::pbkdf2(digest, &input.password, &input.salt, iterations, &mut key, task)?;
    Ok(encoding.encode(key))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct ScryptInput<'a> {
    #[serde(borrow)]
    password: Data<'a>,
    #[serde(borrow)]
    salt: Data<'a>,
    keylen: f64,
    #[serde(rename = "N")]
    n: Option<f64>,
    cost: Option<f64>,
    r: Option<f64>,
    #[serde(rename = "blockSize")]
    block_size: Option<f64>,
    p: Option<f64>,
    parallelization: Option<f64>,
    maxmem: Option<f64>,
    encoding: Option<String>,
}

impl ScryptInput<'_> {
    fn cost(&self) -> Result<Cost> {
        const MOST: u64 = u32::MAX as u64;
        let default = Cost::default();
        // As in Node, 0 is the default.
        let or = |value: usize, default: u64| if value == 0 { default } else { value as u64 };
        let one = |(short, long): (&str, &str), values: (Option<f64>, Option<f64>), default: u64| match values {
            (Some(_), Some(_)) => Err(check::type_error(
                "ERR_INCOMPATIBLE_OPTION_PAIR",
                format!("Option \"{short}\" cannot be used in combination with option \"{long}\""),
            )),
            (Some(value), None) => Ok(or(check::size(short, value, 0..=MOST)?, default)),
            (None, Some(value)) => Ok(or(check::size(long, value, 0..=MOST)?, default)),
            (None, None) => Ok(default),
        };
        Ok(Cost {
            cost: one(("N", "cost"), (self.n, self.cost), default.cost)?,
            block_size: one(("r", "blockSize"), (self.r, self.block_size), default.block_size)?,
            parallelization: one(
                ("p", "parallelization"),
                (self.p, self.parallelization),
                default.parallelization,
            )?,
            maxmem: match self.maxmem {
                Some(maxmem) => or(
                    check::size("maxmem", maxmem, 0..=check::MAX_SAFE_INTEGER)?,
                    default.maxmem,
                ),
                None => default.maxmem,
            },
        })
    }
}

/// Derives a key from { password, salt, keylen, N, r, p, maxmem }; encoding: bytes, hex, base64, base64url.
#[worker]
fn scrypt(input: ScryptInput<'_>, task: &Task) -> Result<Encoded> {
    let (parameters, encoding) = (input.cost()?.parameters()?, encoding(input.encoding, Encoding::Bytes)?);
    let mut key = key(input.keylen)?;
    task.check()?;
    scrypt::scrypt(&input.password, &input.salt, &parameters, &mut key)?;
    Ok(encoding.encode(key))
}

/// The limit of iterations, and of the bytes of a key.
const MOST: u64 = i32::MAX as u64;

/// Allocates a key.
fn key(length: f64) -> Result<Vec<u8>> {
    memory::filled(0, check::size("keylen", length, 0..=MOST)?)
}

fn encoding(name: Option<String>, default: Encoding) -> Result<Encoding> {
    name.map_or(Ok(default), |name| Encoding::from_name(&name))
}
