//! scrypt (RFC 7914), with Node's limits for its parameters.

use isothreads::{Error, Result};
use scrypt::Params;

use crate::check;
use crate::memory;

/// The `options` of Node's `crypto.scrypt()`.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// N: a power of two.
    pub cost: u64,
    /// r.
    pub block_size: u64,
    /// p.
    pub parallelization: u64,
    /// The limit of memory in bytes.
    pub maxmem: u64,
}

impl Default for Cost {
    fn default() -> Self {
        Self {
            cost: 1 << 14,
            block_size: 8,
            parallelization: 1,
            maxmem: 32 << 20,
        }
    }
}

/// The limit of memory whatever the caller allows. More would probably end the process rather than the task.
const MOST_MEMORY: u64 = 8 << 30;

impl Cost {
    /// OpenSSL's checks, in its order.
    pub fn parameters(&self) -> Result<Params> {
        let Self {
            cost,
            block_size,
            parallelization,
            maxmem,
        } = *self;
        if cost < 2 || !cost.is_power_of_two() {
            return Err(invalid("N must be a power of two greater than 1"));
        }
        if block_size == 0 || parallelization == 0 || parallelization > ((1 << 30) - 1) / block_size {
            return Err(invalid("r and p must be at least 1, and r * p less than 2 ** 30"));
        }
        let log_cost = cost.trailing_zeros();
        if u64::from(log_cost) >= 16 * block_size {
            return Err(invalid("N must be less than 2 ** (16 * r)"));
        }
        let memory = 128 * u128::from(block_size) * (u128::from(parallelization) + u128::from(cost) + 2);
        if memory > maxmem.into() {
            return Err(invalid(&format!(
                "memory limit exceeded: {memory} bytes are needed, maxmem is {maxmem}"
            )));
        }
        if memory > MOST_MEMORY.into() {
            return Err(invalid(&format!(
                "{memory} bytes are needed, the limit is {MOST_MEMORY}"
            )));
        }
        let parameters = Params::new(log_cost as u8, block_size as u32, parallelization as u32);
        parameters.map_err(|_| invalid("too large for this machine"))
    }
}

fn invalid(reason: &str) -> Error {
    check::range_error(
        "ERR_CRYPTO_INVALID_SCRYPT_PARAMS",
        format!("Invalid scrypt params: {reason}"),
    )
}

/// Fills the key. Cannot be stopped.
pub fn scrypt(password: &[u8], salt: &[u8], parameters: &Params, key: &mut [u8]) -> Result<()> {
    if key.is_empty() {
        return Ok(());
    }
    // The crate ends the process if its allocation fails, so the memory is tried before.
    let needed = 128 * u64::from(parameters.r()) * (parameters.n() + u64::from(parameters.p()) + 2);
    let needed = usize::try_from(needed).map_err(|_| memory::shortage())?;
    memory::reserve(&mut Vec::<u8>::new(), needed)?;
    scrypt::scrypt(password, salt, parameters, key)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(cost: u64, block_size: u64, parallelization: u64) -> Cost {
        Cost {
            cost,
            block_size,
            parallelization,
            ..Cost::default()
        }
    }

    #[test]
    fn known_keys() {
        // RFC 7914, section 12.
        let mut key = [0; 64];
        scrypt(b"", b"", &cost(16, 1, 1).parameters().unwrap(), &mut key).unwrap();
        assert_eq!(key[..8], [0x77, 0xd6, 0x57, 0x62, 0x38, 0x65, 0x7b, 0x20]);
        scrypt(b"password", b"NaCl", &cost(1024, 8, 16).parameters().unwrap(), &mut key).unwrap();
        assert_eq!(key[..8], [0xfd, 0xba, 0xbe, 0x1c, 0x9d, 0x34, 0x72, 0x00]);
        assert!(scrypt(b"", b"", &Cost::default().parameters().unwrap(), &mut []).is_ok());
    }

    #[test]
    fn what_node_allows() {
        assert!(Cost::default().parameters().is_ok());
        assert!(cost(1 << 15, 1, 1).parameters().is_ok());
        let refused = [
            cost(0, 8, 1),
            cost(1, 8, 1),
            cost(3, 8, 1),
            cost(1 << 16, 1, 1),
            cost(1 << 20, 8, 1),
            cost(1 << 14, 0, 1),
            cost(1 << 14, 8, 0),
            cost(2, 1 << 15, 1 << 15),
            cost(1 << 63, u64::MAX, u64::MAX),
            Cost {
                maxmem: 10,
                ..Cost::default()
            },
            Cost {
                maxmem: u64::MAX,
                ..cost(1 << 31, 8, 1)
            },
        ];
        for cost in refused {
            let error = cost.parameters().err().unwrap_or_else(|| panic!("{cost:?} was taken"));
            assert_eq!(
                (error.name(), error.code()),
                ("RangeError", "ERR_CRYPTO_INVALID_SCRYPT_PARAMS")
            );
        }
    }

    #[test]
    fn the_limit_is_openssl_s() {
        // 128 * r * (N + 2) + 128 * r * p
        let needed = 128 * 8 * ((1 << 14) + 2) + 128 * 8;
        for (maxmem, is_enough) in [(needed, true), (needed - 1, false)] {
            let cost = Cost {
                maxmem,
                ..Cost::default()
            };
            assert_eq!(cost.parameters().is_ok(), is_enough);
        }
    }
}
