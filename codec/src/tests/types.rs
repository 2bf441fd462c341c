//! Which types each value can be read as.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;

use super::*;
use crate::{BigInt, Bytes, Date, ErrorValue, RegExp, TypedArray, Value, ViewKind};

#[test]
fn whole_numbers_are_any_integer_that_they_fit() {
    // 300, 2 ** 31, -5, 1.5, 2 ** 64, 2 ** 53 as they come
    let (small, large, negative) = ("ff0f49d804", "ff0f4e000000000000e041", "ff0f4909");
    assert_eq!(read::<u16>(small), 300);
    assert_eq!(read::<i128>(small), 300);
    assert_eq!(read::<f32>(small), 300.0);
    assert_eq!(refusal::<u8>(small), "invalid value: integer `300`, expected u8");
    assert_eq!(read::<u32>(large), 1 << 31);
    assert_eq!(read::<i64>(large), 1 << 31);
    assert_eq!(
        refusal::<i32>(large),
        "invalid value: integer `2147483648`, expected i32"
    );
    assert_eq!(read::<i8>(negative), -5);
    assert_eq!(refusal::<u64>(negative), "invalid value: integer `-5`, expected u64");
    let half = "ff0f4e000000000000f83f";
    assert_eq!(refusal::<i32>(half), "invalid type: floating point `1.5`, expected i32");
    let two_to_the_64 = "ff0f4e000000000000f043";
    assert!(refusal::<u64>(two_to_the_64).starts_with("invalid type: floating point"));
    assert_eq!(read::<f64>(two_to_the_64), 2f64.powi(64));
    let minus_zero = "ff0f4e0000000000000080";
    assert_eq!(read::<i32>(minus_zero), 0);
    assert!(read::<f64>(minus_zero).is_sign_negative());
    for not_finite in [
        "ff0f4e000000000000f87f",
        "ff0f4e000000000000f07f",
        "ff0f4e000000000000f0ff",
    ] {
        assert!(refusal::<i64>(not_finite).starts_with("invalid type: floating point"));
        assert!(!read::<f64>(not_finite).is_finite());
    }
}

#[test]
fn bigints_are_any_integer_that_they_fit() {
    // 1n, -(2n ** 63n), 2n ** 64n, 2n ** 128n
    assert_eq!(read::<u8>("ff0f5a100100000000000000"), 1);
    assert_eq!(read::<i64>("ff0f5a110000000000000080"), i64::MIN);
    let large = "ff0f5a2000000000000000000100000000000000";
    assert_eq!(read::<u128>(large), 1 << 64);
    assert!(refusal::<u64>(large).starts_with("invalid type"));
    let huge = "ff0f5a30000000000000000000000000000000000100000000000000";
    assert_eq!(refusal::<u128>(huge), "a BigInt of more than 128 bits");
    assert_eq!(read::<BigInt>(huge).magnitude().len(), 17);
    assert_eq!(read::<BigInt>("ff0f490e"), BigInt::from(7u64));
    assert!(refusal::<f64>("ff0f5a100100000000000000").starts_with("invalid type: a BigInt"));
}

#[test]
fn null_and_undefined_are_none_and_unit() {
    for nothing in ["ff0f30", "ff0f5f"] {
        assert_eq!(read::<Option<i32>>(nothing), None);
        read::<()>(nothing);
        assert!(refusal::<i32>(nothing).starts_with("invalid type: "));
    }
    assert_eq!(read::<Option<i32>>("ff0f490e"), Some(7));
}

#[derive(Debug, PartialEq, Deserialize)]
struct WithDefault {
    #[serde(default)]
    a: u32,
    b: Option<u32>,
}

#[test]
fn what_is_undefined_is_missing() {
    // { a: undefined, b: null }, { a: null }
    assert_eq!(
        read::<WithDefault>("ff0f6f2201615f220162307b02"),
        WithDefault { a: 0, b: None }
    );
    assert!(refusal::<WithDefault>("ff0f6f220161307b01").contains("null"));
    // In a map it is present.
    let map: HashMap<String, Option<u32>> = read("ff0f6f2201615f220162307b02");
    assert_eq!(map.len(), 2);
}

#[test]
fn boxed_primitives_are_primitives() {
    // [new Number(1.5), new String('x'), new String('日'), new Boolean(true), new Boolean(false), Object(5n)]
    let boxed = "ff0f41066e000000000000f83f73220178736302e56579787a100500000000000000240006";
    let read: (f64, String, char, bool, bool, u8) = read(boxed);
    assert_eq!(read, (1.5, "x".into(), '日', true, false, 5));
}

#[test]
fn dates_are_milliseconds() {
    // new Date(5)
    let date = "ff0f440000000000001440";
    assert_eq!(read::<f64>(date), 5.0);
    assert_eq!(read::<u64>(date), 5);
    assert_eq!(read::<Date>(date), Date::from_milliseconds(5.0));
    assert_eq!(read::<Date>("ff0f490a"), Date::from_milliseconds(5.0));
}

#[test]
fn maps_and_objects_read_alike() {
    // { 1: 2, a: 3 } and new Map([[1, 2], ['a', 3]])
    let object = "ff0f6f4902490422016149067b02";
    let map = "ff0f3b4902490422016149063a04";
    let texts: BTreeMap<String, i32> = read(object);
    assert_eq!(texts, BTreeMap::from([("1".into(), 2), ("a".into(), 3)]));
    assert!(refusal::<BTreeMap<String, i32>>(map).starts_with("invalid type: integer `1`"));
    // { 1: 2, '-1': 3, '4294967295': 4 }
    let numbers: BTreeMap<i64, i32> = read("ff0f6f4902490422022d314906220a3432393439363732393549087b03");
    assert_eq!(numbers, BTreeMap::from([(1, 2), (-1, 3), (4_294_967_295, 4)]));
    // new Map([[1, 2]])
    assert_eq!(read::<HashMap<i32, i32>>("ff0f3b490249043a02"), HashMap::from([(1, 2)]));
    // new Map([['a', 1], ['b', undefined]])
    assert_eq!(
        read::<WithDefault>("ff0f3b22016149022201625f3a04"),
        WithDefault { a: 1, b: None }
    );
}

#[test]
fn arrays_and_sets_read_alike() {
    // [1, 2], new Set([1, 2]), [1, , 3] with a key
    assert_eq!(read::<Vec<i32>>("ff0f410249024904240002"), [1, 2]);
    assert_eq!(read::<BTreeSet<i32>>("ff0f27490249042c02"), BTreeSet::from([1, 2]));
    let sparse = "ff0f6103490049024904490622036b65794902400303";
    assert_eq!(read::<Vec<Option<i32>>>(sparse), [Some(1), None, Some(3)]);
    let as_map: BTreeMap<String, i32> = read(sparse);
    assert_eq!(
        as_map,
        BTreeMap::from([("0".into(), 1), ("2".into(), 3), ("key".into(), 1)])
    );
    // (array => { array[1000000] = 1; return array })([])
    let thin = "ff0f61c1843d4980897a49024001c1843d";
    assert!(refusal::<Vec<Option<i32>>>(thin).contains("holes"));
    assert_eq!(read::<BTreeMap<u32, i32>>(thin), BTreeMap::from([(1_000_000, 1)]));
}

#[test]
fn a_tuple_has_all_elements() {
    let three = "ff0f4103490249044906240003";
    assert_eq!(read::<(i32, i32, i32)>(three), (1, 2, 3));
    assert_eq!(
        refusal::<(i32, i32)>(three),
        "an array of 3 elements is longer than expected"
    );
    assert!(refusal::<(i32, i32, i32, i32)>(three).starts_with("invalid length 3"));
    // new Set([1, 2, 3]), Uint8Array.of(1, 2, 3)
    assert!(refusal::<(i32, i32)>("ff0f274902490449062c03").contains("larger"));
    assert!(refusal::<(i32, i32)>("ff0f42030102035642000300").contains("longer"));
}

#[test]
fn typed_arrays_are_sequences_of_any_number() {
    // Int16Array.of(-1, 2)
    let array = "ff0f4204ffff02005677000400";
    assert_eq!(read::<Vec<f64>>(array), [-1.0, 2.0]);
    assert_eq!(read::<Vec<i8>>(array), [-1, 2]);
    assert_eq!(read::<[i64; 2]>(array), [-1, 2]);
    assert_eq!(*read::<TypedArray<i16>>(array), [-1, 2]);
    assert_eq!(*read::<TypedArray<f32>>(array), [-1.0, 2.0]);
    assert_eq!(*read::<Bytes>(array), [255, 255, 2, 0]);
    assert!(refusal::<Vec<u8>>(array).contains("integer `-1`"));
    assert!(refusal::<Vec<u8>>(array).ends_with("[0]"));
    // Float16Array.of(1, -0.5, 65504), from Node 24 on
    assert_eq!(read::<Vec<f32>>("ff0f4206003c00b8ff7b5668000600"), [1.0, -0.5, 65504.0]);
    // Its infinities, NaN and smallest number
    let rest: Vec<f64> = read("ff0f4208007c00fc007e01005668000800");
    assert_eq!(rest[..2], [f64::INFINITY, f64::NEG_INFINITY]);
    assert!(rest[2].is_nan());
    assert_eq!(rest[3], 2f64.powi(-24));
    // BigInt64Array.of(-1n), BigUint64Array.of(2n ** 64n - 1n)
    assert_eq!(read::<Vec<i64>>("ff0f4208ffffffffffffffff5671000800"), [-1]);
    assert_eq!(read::<Vec<u64>>("ff0f4208ffffffffffffffff5651000800"), [u64::MAX]);
    // new Uint8Array(new ArrayBuffer(4, { maxByteLength: 16 })), whose length changes with it
    assert_eq!(read::<Vec<u8>>("ff0f7e0410000000005642000003"), [0; 4]);
    // An ArrayBuffer is read as bytes.
    assert_eq!(read::<Vec<u8>>("ff0f42020102"), [1, 2]);
    assert_eq!(*read::<Bytes>("ff0f42020102"), [1, 2]);
}

#[test]
fn bytes_are_no_bigint() {
    // [1, 5], new Uint8Array([1, 5])
    for hex in ["ff0f41024902490a240002", "ff0f420201055642000200"] {
        let error = refusal::<BigInt>(hex);
        assert!(error.contains("expected a BigInt"), "{error}");
    }
}

#[test]
fn regexps_and_errors_are_structs() {
    // /a\/b/dgimsuy, /a/v
    let regexp: RegExp = read("ff0f522204615c2f62bf01");
    assert_eq!((regexp.source.as_str(), regexp.flags.as_str()), (r"a\/b", "gimyusd"));
    assert_eq!(read::<HashMap<String, String>>("ff0f522201618002")["flags"], "v");
    // new RangeError('message', { cause: [1] }) on Node 20 and on Node 22 to 26
    for hex in [
        "ff0f72526d22076d6573736167656341014902240001732205737461636b2e",
        "ff0f72526d22076d657373616765732205737461636b63410149022400012e",
    ] {
        let error: ErrorValue = read(hex);
        assert_eq!((error.name.as_str(), error.message.as_str()), ("RangeError", "message"));
        assert_eq!(error.stack.as_deref(), Some("stack"));
        assert_eq!(error.cause.unwrap().as_slice().unwrap()[0].as_f64(), Some(1.0));
    }
    // Only the name of an error
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    let named: Named = read("ff0f72526d22076d657373616765732205737461636b63410149022400012e");
    assert_eq!(named.name, "RangeError");
}

#[test]
fn what_is_referred_to_is_read_again() {
    // (shared => ({ a: shared, b: [shared] }))({ x: 1 })
    #[derive(Deserialize)]
    struct Inner {
        x: i32,
    }
    #[derive(Deserialize)]
    struct Outer {
        a: Inner,
        b: Vec<Inner>,
    }
    let outer: Outer = read("ff0f6f2201616f22017849027b0122016241015e012400017b02");
    assert_eq!((outer.a.x, outer.b[0].x), (1, 1));
    // (date => [date, date])(new Date(5)), (view => [view, view])(Int16Array.of(-1, 2))
    assert_eq!(read::<Vec<f64>>("ff0f41024400000000000014405e01240002"), [5.0, 5.0]);
    let views: Vec<Vec<i16>> = read("ff0f41024204ffff020056770004005e02240002");
    assert_eq!(views, [[-1, 2], [-1, 2]]);
    // The first is ignored, and the second refers to it.
    #[derive(Deserialize)]
    struct OnlyB {
        b: Vec<Inner>,
    }
    let only: OnlyB = read("ff0f6f2201616f22017849027b0122016241015e012400017b02");
    assert_eq!(only.b[0].x, 1);
}

#[test]
fn several_views_on_one_buffer() {
    // (buffer => [new Uint8Array(buffer), new Float64Array(buffer), buffer])(Float64Array.of(1.5).buffer)
    let hex = "ff0f41034208000000000000f83f56420008005e0156460008005e01240003";
    let (bytes, numbers, buffer): (Bytes, TypedArray<f64>, Bytes) = read(hex);
    assert_eq!(*numbers, [1.5]);
    assert_eq!(*bytes, 1.5f64.to_ne_bytes());
    assert_eq!(bytes, buffer);
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Numbers(Vec<f64>),
    Text(String),
    Number(i64),
    Nothing(()),
    Point { x: u32 },
}

#[test]
fn untagged_and_flattened_types_work() {
    assert_eq!(
        read::<Untagged>("ff0f42045a00a5ff5677000400"),
        Untagged::Numbers(vec![90.0, -91.0])
    );
    assert_eq!(read::<Untagged>("ff0f22026869"), Untagged::Text("hi".into()));
    // 2 ** 31
    assert_eq!(read::<Untagged>("ff0f4e000000000000e041"), Untagged::Number(1 << 31));
    assert_eq!(read::<Untagged>("ff0f5f"), Untagged::Nothing(()));
    assert_eq!(read::<Untagged>("ff0f6f22017849027b01"), Untagged::Point { x: 1 });
    #[derive(Deserialize)]
    struct Flat {
        #[serde(flatten)]
        inner: WithDefault,
        #[serde(flatten)]
        rest: HashMap<String, Value>,
    }
    // { a: 1, b: 2, c: Uint8Array.of(7) }
    let flat: Flat = read("ff0f6f2201614902220162490422016342010756420001007b03");
    assert_eq!(flat.inner, WithDefault { a: 1, b: Some(2) });
    assert_eq!(flat.rest["c"].as_bytes(), Some(&[7][..]));
}

#[test]
fn enums_are_strings_or_objects_of_one_key() {
    #[derive(Debug, PartialEq, Deserialize)]
    enum Shape {
        Empty,
        Circle(f64),
    }
    // 'Empty', { Empty: null }, { Circle: 1 }
    assert_eq!(read::<Shape>("ff0f2205456d707479"), Shape::Empty);
    assert_eq!(read::<Shape>("ff0f6f2205456d707479307b01"), Shape::Empty);
    assert_eq!(read::<Shape>("ff0f6f2206436972636c6549027b01"), Shape::Circle(1.0));
    assert!(refusal::<Shape>("ff0f2206436972636c65").contains("unit variant"));
    assert!(refusal::<Shape>("ff0f6f2206436972636c65490222016149027b02").contains("one property"));
    assert!(refusal::<Shape>("ff0f2203466f6f").starts_with("unknown variant `Foo`"));
}

#[test]
fn text_is_borrowed_when_it_is_ascii() {
    // 'abc', 'é', '日'
    assert_eq!(received(bytes("ff0f2203616263")).read::<&str>().unwrap(), "abc");
    assert!(received(bytes("ff0f2201e9")).read::<&str>().is_err());
    assert_eq!(read::<String>("ff0f2201e9"), "é");
    assert_eq!(read::<String>("ff0f6302e565"), "日");
    // '\ud800a': an unpaired surrogate
    assert_eq!(read::<String>("ff0f630400d86100"), "\u{FFFD}a");
    // As older versions write it
    assert_eq!(read::<String>("ff0f5303e697a5"), "日");
}

#[test]
fn other_versions_are_read() {
    // From 14 on views have flags; Uint8Array.of(7) and [.., 7]
    assert_eq!(read::<(Vec<u8>, i32)>("ff0d410242010756420001490e240002"), (vec![7], 7));
    assert_eq!(read::<Vec<u8>>("ff0e4201075642000100"), [7]);
    assert_eq!(read::<Vec<u8>>("ff104201075642000100"), [7]);
    assert!(refusal::<i32>("ff0c490e").contains("version 12"));
    assert!(refusal::<i32>("ff11490e").contains("version 17"));
    assert!(refusal::<i32>("").contains("ends"));
}

#[test]
fn what_is_behind_the_value_is_refused() {
    assert_eq!(refusal::<i32>("ff0f490e490e"), "the message is malformed");
}

#[test]
fn the_view_of_a_value_has_its_kind() {
    let value: Value = read("ff0f4204ffff02005677000400");
    assert!(matches!(value, Value::View(ViewKind::Int16Array, _)));
}

#[test]
fn a_view_has_whole_elements() {
    let three = || Bytes::from(vec![1, 2, 3]);
    let error = write(&Value::View(ViewKind::Int16Array, three())).err().unwrap();
    assert_eq!(
        error.message(),
        "3 bytes are not a whole number of Int16Array elements, which have 2 bytes each"
    );
    assert!(write(&Value::View(ViewKind::DataView, three())).is_ok());
}
