//! JSON values.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A value of any self-describing format. Objects keep the order of their properties.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Whole(i128),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_none<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Whole(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Whole(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Json, E> {
        Ok(Json::Whole(value))
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Json, E> {
        let value = i128::try_from(value).map_err(|_| E::custom("a BigInt of more than 127 bits"))?;
        Ok(Json::Whole(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element()? {
            list.push(element);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut properties: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(property) = properties.next_entry()? {
            object.push(property);
        }
        Ok(Json::Object(object))
    }
}

impl Json {
    /// Writes the value as `JSON.stringify()` does, and a BigInt as its digits.
    pub fn write(&self, text: &mut Vec<u8>) {
        match self {
            Self::Null => text.extend_from_slice(b"null"),
            Self::Bool(value) => text.extend_from_slice(if *value { b"true" } else { b"false" }),
            Self::Whole(value) => text.extend_from_slice(value.to_string().as_bytes()),
            Self::Number(value) => write_number(*value, text),
            Self::Text(value) => write_text(value, text),
            Self::List(list) => {
                text.push(b'[');
                for (place, element) in list.iter().enumerate() {
                    if place > 0 {
                        text.push(b',');
                    }
                    element.write(text);
                }
                text.push(b']');
            }
            Self::Object(object) => {
                text.push(b'{');
                for (place, (name, value)) in object.iter().enumerate() {
                    if place > 0 {
                        text.push(b',');
                    }
                    write_text(name, text);
                    text.push(b':');
                    value.write(text);
                }
                text.push(b'}');
            }
        }
    }
}

pub fn write_number(number: f64, text: &mut Vec<u8>) {
    if number.is_finite() {
        text.extend_from_slice(ryu_js::Buffer::new().format_finite(number).as_bytes());
    } else {
        text.extend_from_slice(b"null");
    }
}

pub fn write_text(value: &str, text: &mut Vec<u8>) {
    text.push(b'"');
    let mut plain = 0;
    for (place, byte) in value.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        text.extend_from_slice(&value.as_bytes()[plain..place]);
        plain = place + 1;
        let short = match byte {
            b'"' => b'"',
            b'\\' => b'\\',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0c => b'f',
            _ => {
                text.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
                continue;
            }
        };
        text.extend_from_slice(&[b'\\', short]);
    }
    text.extend_from_slice(&value.as_bytes()[plain..]);
    text.push(b'"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(value: &Json) -> String {
        let mut text = Vec::new();
        value.write(&mut text);
        String::from_utf8(text).unwrap()
    }

    fn read(text: &str) -> Json {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn as_javascript_writes_it() {
        let text = r#"{"b":[1,-2,0.5,1e+21,1e-7,null,true,false],"a":{"":"é\u0001\n\"\\"},"b":[]}"#;
        assert_eq!(written(&read(text)), text);
        assert_eq!(
            written(&read("[5.0, 123456789012345680000.0, 18446744073709551615]")),
            "[5,123456789012345680000,18446744073709551615]"
        );
        assert_eq!(written(&Json::Number(f64::NAN)), "null");
        assert_eq!(written(&Json::Number(-0.0)), "0");
    }

    proptest! {
        #[test]
        fn texts_survive(text: String) {
            prop_assert_eq!(read(&written(&Json::Text(text.clone()))), Json::Text(text));
        }

        #[test]
        fn numbers_survive(number in proptest::num::f64::NORMAL) {
            let read: f64 = serde_json::from_str(&written(&Json::Number(number))).unwrap();
            prop_assert!((read - number).abs() <= number.abs() * f64::EPSILON);
        }
    }
}
