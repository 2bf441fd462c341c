//! What the library of a bare isolate computes outside of V8: addresses, text encodings, digests, random bytes.

use std::cell::RefCell;

use ada_url::{Idna, Url};
use encoding_rs::{CoderResult, Decoder, DecoderResult, Encoding};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use slab::Slab;

use super::Result;
use super::table::bindings;
use crate::engine::bindings::{Call, Error};
use crate::engine::value::{IntoValue, Value};

bindings! {
    c"parseUrl" => parse_url(call, input, base);
    c"canParseUrl" => can_parse_url(input, base);
    c"updateUrl" => update_url(call, href, action, value);
    c"formatUrl" => format_url(href, hash, unicode, search, auth);
    c"originOfUrl" => origin_of_url(href);
    c"domainToAscii" => domain_to_ascii(domain);
    c"domainToUnicode" => domain_to_unicode(domain);
    c"encodingName" => encoding_name(label);
    c"decodeText" => decode_text(label, buffer, is_fatal, ignores_bom);
    c"openDecoder" => open_decoder(label, ignores_bom);
    c"decodeChunk" => decode_chunk(key, buffer, is_fatal, is_last);
    c"closeDecoder" => close_decoder(key);
    c"digest" => digest(call, algorithm, buffer);
    c"randomBytes" => random_bytes(call, length);
}

/// The address and where its parts begin, as in Node's binding `url`: `0xFFFFFFFF` for parts that it does not have.
fn described<'call>(call: Call<'call>, url: &Url) -> Value<'call> {
    let parts = url.components();
    let place = |part: Option<u32>| f64::from(part.unwrap_or(u32::MAX));
    let numbers = [
        f64::from(parts.protocol_end),
        f64::from(parts.username_end),
        f64::from(parts.host_start),
        f64::from(parts.host_end),
        place(parts.port),
        place(parts.pathname_start),
        place(parts.search_start),
        place(parts.hash_start),
        f64::from(url.scheme_type() as u8),
    ];
    let href = url.href().to_owned().into_value(call);
    Value::list(call, &[href, Value::float64_array(call, &numbers)])
}

/// Nullish for an input that is not an address.
fn parse_url(call: Call<'_>, input: String, base: Option<String>) -> Option<Value<'_>> {
    let url = Url::parse(input.as_str(), base.as_deref()).ok()?;
    Some(described(call, &url))
}

fn can_parse_url(input: String, base: Option<String>) -> bool {
    Url::can_parse(&input, base.as_deref())
}

/// Sets a part of an address. `action` is one of Node's updateActions. Nullish when the value is not valid there.
fn update_url(call: Call<'_>, href: String, action: u32, value: String) -> Option<Value<'_>> {
    let mut url = Url::parse(href.as_str(), None).ok()?;
    let part = Some(value.as_str());
    let result = match action {
        0 => url.set_protocol(&value),
        1 => url.set_host(part),
        2 => url.set_hostname(part),
        3 => url.set_port(part),
        4 => url.set_username(part),
        5 => url.set_password(part),
        6 => url.set_pathname(part),
        7 => {
            url.set_search(part);
            Ok(())
        }
        8 => {
            url.set_hash(part);
            Ok(())
        }
        _ => url.set_href(&value),
    };
    result.ok()?;
    Some(described(call, &url))
}

/// `url.format()` of Node.
fn format_url(href: String, hash: bool, unicode: bool, search: bool, auth: bool) -> String {
    let Ok(mut url) = Url::parse(href.as_str(), None) else {
        return href;
    };
    if !hash {
        url.set_hash(None);
    }
    if !search {
        url.set_search(None);
    }
    if !auth {
        // An address without a host has none.
        let _ = url.set_username(Some(""));
        let _ = url.set_password(Some(""));
    }
    let host = url.hostname();
    if !unicode || host.is_empty() {
        return url.href().to_owned();
    }
    let parts = url.components();
    let text = url.href();
    let start = parts.host_start as usize + usize::from(text[parts.host_start as usize..].starts_with('@'));
    format!(
        "{}{}{}",
        &text[..start],
        Idna::unicode(host),
        &text[parts.host_end as usize..]
    )
}

fn origin_of_url(href: String) -> Option<String> {
    Url::parse(href.as_str(), None).ok().map(|url| url.origin())
}

/// As the host of an address; empty when it cannot be one.
fn domain_to_ascii(domain: String) -> String {
    let Ok(mut url) = Url::parse("ws://x", None) else {
        return String::new();
    };
    match url.set_hostname(Some(&domain)) {
        Ok(()) => url.hostname().to_owned(),
        Err(()) => String::new(),
    }
}

fn domain_to_unicode(domain: String) -> String {
    Idna::unicode(&domain_to_ascii(domain))
}

/// The name of the encoding in lower case; nullish for an unknown label.
fn encoding_name(label: String) -> Option<String> {
    let encoding = Encoding::for_label_no_replacement(label.as_bytes())?;
    Some(encoding.name().to_ascii_lowercase())
}

fn find_encoding(label: &str) -> Result<&'static Encoding> {
    Encoding::for_label_no_replacement(label.as_bytes()).ok_or_else(|| Error::new("isothreads: unknown encoding"))
}

fn new_decoder(label: &str, ignores_bom: bool) -> Result<Decoder> {
    let encoding = find_encoding(label)?;
    Ok(match ignores_bom {
        true => encoding.new_decoder_without_bom_handling(),
        false => encoding.new_decoder_with_bom_removal(),
    })
}

/// Nullish for invalid bytes in fatal mode.
fn decode_with(decoder: &mut Decoder, bytes: &[u8], is_fatal: bool, is_last: bool) -> Option<String> {
    let length = match is_fatal {
        true => decoder.max_utf8_buffer_length_without_replacement(bytes.len()),
        false => decoder.max_utf8_buffer_length(bytes.len()),
    };
    let mut text = String::with_capacity(length?);
    if is_fatal {
        let (result, _) = decoder.decode_to_string_without_replacement(bytes, &mut text, is_last);
        (result == DecoderResult::InputEmpty).then_some(text)
    } else {
        let (result, _, _) = decoder.decode_to_string(bytes, &mut text, is_last);
        (result == CoderResult::InputEmpty).then_some(text)
    }
}

fn bytes_of(buffer: Value) -> Result<Vec<u8>> {
    buffer
        .bytes()
        .ok_or_else(|| Error::new("isothreads: expected an ArrayBuffer"))
}

fn decode_text(label: String, buffer: Value, is_fatal: bool, ignores_bom: bool) -> Result<Option<String>> {
    let mut decoder = new_decoder(&label, ignores_bom)?;
    Ok(decode_with(&mut decoder, &bytes_of(buffer)?, is_fatal, true))
}

thread_local! {
    /// Those in the middle of a stream.
    static DECODERS: RefCell<Slab<Decoder>> = const { RefCell::new(Slab::new()) };
}

/// Returns its key.
fn open_decoder(label: String, ignores_bom: bool) -> Result<u32> {
    let decoder = new_decoder(&label, ignores_bom)?;
    Ok(DECODERS.with_borrow_mut(|decoders| decoders.insert(decoder)) as u32)
}

fn decode_chunk(key: u32, buffer: Value, is_fatal: bool, is_last: bool) -> Result<Option<String>> {
    let bytes = bytes_of(buffer)?;
    DECODERS.with_borrow_mut(|decoders| match decoders.get_mut(key as usize) {
        Some(decoder) => Ok(decode_with(decoder, &bytes, is_fatal, is_last)),
        None => Err(Error::new("isothreads: a closed decoder")),
    })
}

fn close_decoder(key: u32) {
    DECODERS.with_borrow_mut(|decoders| decoders.try_remove(key as usize));
}

/// The digest of an ArrayBuffer, in an ArrayBuffer.
fn digest<'call>(call: Call<'call>, algorithm: String, buffer: Value) -> Result<Value<'call>> {
    let bytes = bytes_of(buffer)?;
    let digest = match algorithm.as_str() {
        "SHA-1" => Sha1::digest(bytes).to_vec(),
        "SHA-256" => Sha256::digest(bytes).to_vec(),
        "SHA-384" => Sha384::digest(bytes).to_vec(),
        "SHA-512" => Sha512::digest(bytes).to_vec(),
        _ => return Err(Error::new("isothreads: unknown digest")),
    };
    Ok(Value::new_array_buffer(call, digest))
}

/// An ArrayBuffer.
fn random_bytes(call: Call<'_>, length: u32) -> Result<Value<'_>> {
    let mut bytes = vec![0; length as usize];
    getrandom::fill(&mut bytes).map_err(|error| Error::new(error.to_string()))?;
    Ok(Value::new_array_buffer(call, bytes))
}
