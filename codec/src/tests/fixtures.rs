//! What V8 writes on Node 20 to 26, and the values that are read from it.

use crate::attachments::Attachments;
use crate::testing::{self, Store};
use crate::tests::{bytes, memory};
use crate::{Message, Received, Value};

/// The JavaScript, the output of `v8.Serializer`, and the value that is read. Listed several times where versions of
/// Node differ.
pub(crate) const FIXTURES: &[(&str, &str, &str)] = &[
    (
        "new Uint8Array([1, 2, 3])",
        "ff0f42030102035642000300",
        "View(Uint8Array, [1, 2, 3])",
    ),
    (
        "new Uint8Array(new ArrayBuffer(4, { maxByteLength: 16 }))",
        "ff0f7e0410000000005642000003",
        "View(Uint8Array, [0, 0, 0, 0])",
    ),
    (
        "new Uint8Array(new ArrayBuffer(4, { maxByteLength: 16 }), 1, 2)",
        "ff0f7e0410000000005642010202",
        "View(Uint8Array, [0, 0])",
    ),
    (
        "new ArrayBuffer(4, { maxByteLength: 16 })",
        "ff0f7e041000000000",
        "ArrayBuffer([0, 0, 0, 0])",
    ),
    (
        "new DataView(new ArrayBuffer(4, { maxByteLength: 16 }), 1)",
        "ff0f7e041000000000563f010003",
        "View(DataView, [0, 0, 0])",
    ),
    (
        "new Float64Array(new ArrayBuffer(12, { maxByteLength: 16 }))", // Node 22, 24, 26
        "ff0f7e0c100000000000000000000000005646000003",
        "View(Float64Array, [0, 0, 0, 0, 0, 0, 0, 0])",
    ),
    (
        "(buffer => [new Uint8Array(buffer), new Int16Array(buffer, 2, 1), buffer])(new ArrayBuffer(4, { maxByteLength: 16 }))",
        "ff0f41037e04100000000056420000035e0156770202025e01240003",
        "Array([View(Uint8Array, [0, 0, 0, 0]), View(Int16Array, [0, 0]), ArrayBuffer([0, 0, 0, 0])])",
    ),
    ("new ArrayBuffer(0)", "ff0f4200", "ArrayBuffer([])"),
    ("new Float64Array(0)", "ff0f42005646000000", "View(Float64Array, [])"),
    (
        "new DataView(new ArrayBuffer(0))",
        "ff0f4200563f000000",
        "View(DataView, [])",
    ),
    (
        "(buffer => [new Uint8Array(buffer), new Float64Array(buffer), buffer])(Float64Array.of(1.5).buffer)",
        "ff0f41034208000000000000f83f56420008005e0156460008005e01240003",
        "Array([View(Uint8Array, [0, 0, 0, 0, 0, 0, 248, 63]), View(Float64Array, [0, 0, 0, 0, 0, 0, 248, 63]), ArrayBuffer([0, 0, 0, 0, 0, 0, 248, 63])])",
    ),
    (
        "(view => [view, view])(Int16Array.of(-1, 2))",
        "ff0f41024204ffff020056770004005e02240002",
        "Array([View(Int16Array, [255, 255, 2, 0]), View(Int16Array, [255, 255, 2, 0])])",
    ),
    (
        "Uint8ClampedArray.of(1, 255)",
        "ff0f420201ff5643000200",
        "View(Uint8ClampedArray, [1, 255])",
    ),
    ("Int8Array.of(-1)", "ff0f4201ff5662000100", "View(Int8Array, [255])"),
    (
        "Uint16Array.of(65535)",
        "ff0f4202ffff5657000200",
        "View(Uint16Array, [255, 255])",
    ),
    (
        "Int32Array.of(-5)",
        "ff0f4204fbffffff5664000400",
        "View(Int32Array, [251, 255, 255, 255])",
    ),
    (
        "Uint32Array.of(4294967295)",
        "ff0f4204ffffffff5644000400",
        "View(Uint32Array, [255, 255, 255, 255])",
    ),
    (
        "Float32Array.of(0.5)",
        "ff0f42040000003f5666000400",
        "View(Float32Array, [0, 0, 0, 63])",
    ),
    (
        "BigInt64Array.of(-1n)",
        "ff0f4208ffffffffffffffff5671000800",
        "View(BigInt64Array, [255, 255, 255, 255, 255, 255, 255, 255])",
    ),
    (
        "BigUint64Array.of(2n ** 64n - 1n)",
        "ff0f4208ffffffffffffffff5651000800",
        "View(BigUint64Array, [255, 255, 255, 255, 255, 255, 255, 255])",
    ),
    (
        "new DataView(Uint8Array.of(1, 2, 3, 4).buffer, 1, 2)",
        "ff0f420401020304563f010200",
        "View(DataView, [2, 3])",
    ),
    (
        "Float16Array.of(1, -0.5, 65504)", // Node 24, 26
        "ff0f4206003c00b8ff7b5668000600",
        "View(Float16Array, [0, 60, 0, 184, 255, 123])",
    ),
    (
        "new Float16Array(0)", // Node 24, 26
        "ff0f42005668000000",
        "View(Float16Array, [])",
    ),
    (
        "new Uint16Array(transfer(new ArrayBuffer(8)), 2, 2)",
        "ff0f74005657020400",
        "View(Uint16Array, [2, 3, 4, 5])",
    ),
    (
        "(buffer => [new Uint8Array(buffer), new Uint8Array(buffer, 4)])(transfer(new ArrayBuffer(8)))",
        "ff0f4102740056420008005e015642040400240002",
        "Array([View(Uint8Array, [0, 1, 2, 3, 4, 5, 6, 7]), View(Uint8Array, [4, 5, 6, 7])])",
    ),
    (
        "(buffer => [buffer, new Int32Array(buffer, 4, 1)])(new SharedArrayBuffer(8))",
        "ff0f410275005e015664040400240002",
        "Array([SharedBuffer(SharedBuffer { length: 8, .. }), SharedView(SharedView { kind: Some(Int32Array), byte_offset: 4, byte_length: 4, .. })])",
    ),
    (
        "new Int32Array(new SharedArrayBuffer(8, { maxByteLength: 16 }))",
        "ff0f75005664000001",
        "SharedView(SharedView { kind: Some(Int32Array), byte_offset: 0, byte_length: 8, .. })",
    ),
    (
        "stack(new RangeError('message', { cause: [1] }))", // Node 20
        "ff0f72526d22076d6573736167656341014902240001732205737461636b2e",
        r#"Error(ErrorValue { name: "RangeError", message: "message", stack: Some("stack"), cause: Some(Array([Number(1.0)])) })"#,
    ),
    (
        "stack(new RangeError('message', { cause: [1] }))", // Node 22, 24, 26
        "ff0f72526d22076d657373616765732205737461636b63410149022400012e",
        r#"Error(ErrorValue { name: "RangeError", message: "message", stack: Some("stack"), cause: Some(Array([Number(1.0)])) })"#,
    ),
    (
        "stack(new TypeError('message'))",
        "ff0f72546d22076d657373616765732205737461636b2e",
        r#"Error(ErrorValue { name: "TypeError", message: "message", stack: Some("stack"), cause: None })"#,
    ),
    (
        "stack(new Error('a', { cause: stack(new TypeError('b', { cause: undefined })) }))", // Node 20
        "ff0f726d2201616372546d220162635f732205737461636b2e732205737461636b2e",
        r#"Error(ErrorValue { name: "Error", message: "a", stack: Some("stack"), cause: Some(Error(ErrorValue { name: "TypeError", message: "b", stack: Some("stack"), cause: Some(Undefined) })) })"#,
    ),
    (
        "stack(new Error('a', { cause: stack(new TypeError('b', { cause: undefined })) }))", // Node 22, 24, 26
        "ff0f726d220161732205737461636b6372546d220162732205737461636b635f2e2e",
        r#"Error(ErrorValue { name: "Error", message: "a", stack: Some("stack"), cause: Some(Error(ErrorValue { name: "TypeError", message: "b", stack: Some("stack"), cause: Some(Undefined) })) })"#,
    ),
    (
        "(object => [object, stack(new Error('m', { cause: object })), object])({})", // Node 20
        "ff0f41036f7b00726d22016d635e01732205737461636b2e5e01240003",
        r#"Array([Object([]), Error(ErrorValue { name: "Error", message: "m", stack: Some("stack"), cause: Some(Object([])) }), Object([])])"#,
    ),
    (
        "(object => [object, stack(new Error('m', { cause: object })), object])({})", // Node 22, 24, 26
        "ff0f41036f7b00726d22016d732205737461636b635e012e5e01240003",
        r#"Array([Object([]), Error(ErrorValue { name: "Error", message: "m", stack: Some("stack"), cause: Some(Object([])) }), Object([])])"#,
    ),
    (
        "stack(Object.assign(new Error('m'), { name: 'TypeError', code: 'X' }))",
        "ff0f72546d22016d732205737461636b2e",
        r#"Error(ErrorValue { name: "TypeError", message: "m", stack: Some("stack"), cause: None })"#,
    ),
    (
        "stack(new EvalError('日'))",
        "ff0f72456d006302e565732205737461636b2e",
        r#"Error(ErrorValue { name: "EvalError", message: "日", stack: Some("stack"), cause: None })"#,
    ),
    (
        "stack(new AggregateError([1], 'm'))",
        "ff0f726d22016d732205737461636b2e",
        r#"Error(ErrorValue { name: "Error", message: "m", stack: Some("stack"), cause: None })"#,
    ),
    (
        "(error => { delete error.stack; return error })(new Error())",
        "ff0f722e",
        r#"Error(ErrorValue { name: "Error", message: "", stack: None, cause: None })"#,
    ),
    (
        "(error => { error.cause = error; return error })(stack(new Error('message')))", // Node 20
        "ff0f726d22076d657373616765635e00732205737461636b2e",
        "error: the value is nested too deep, or contains itself",
    ),
    (
        "(error => { error.cause = error; return error })(stack(new Error('message')))", // Node 22, 24, 26
        "ff0f726d22076d657373616765732205737461636b635e002e",
        "error: the value is nested too deep, or contains itself",
    ),
    (
        r#"/a\/b/dgimsuy"#,
        "ff0f522204615c2f62bf01",
        r#"RegExp(RegExp { source: "a\\/b", flags: "gimyusd" })"#,
    ),
    (
        "/a/v",
        "ff0f522201618002",
        r#"RegExp(RegExp { source: "a", flags: "v" })"#,
    ),
    (
        "/日/",
        "ff0f52006302e56500",
        r#"RegExp(RegExp { source: "日", flags: "" })"#,
    ),
    (
        "[0n, 1n, -1n, 2n ** 64n, -(2n ** 63n)]",
        "ff0f41055a005a1001000000000000005a1101000000000000005a20000000000000000001000000000000005a110000000000000080240005",
        "Array([BigInt(BigInt { is_negative: false, magnitude: [] }), BigInt(BigInt { is_negative: false, magnitude: [1] }), BigInt(BigInt { is_negative: true, magnitude: [1] }), BigInt(BigInt { is_negative: false, magnitude: [0, 0, 0, 0, 0, 0, 0, 0, 1] }), BigInt(BigInt { is_negative: true, magnitude: [0, 0, 0, 0, 0, 0, 0, 128] })])",
    ),
    (
        "Object.assign([1, , 3], { key: 1 })",
        "ff0f6103490049024904490622036b65794902400303",
        "Array([Number(1.0), Undefined, Number(3.0)])",
    ),
    (
        "(array => { array[1000000] = 1; return array })([])",
        "ff0f61c1843d4980897a49024001c1843d",
        "error: too many array holes (read sparse arrays as maps) at [65536]",
    ),
    (
        "[, 1, ,]",
        "ff0f610349024902400103",
        "Array([Undefined, Number(1.0), Undefined])",
    ),
    (
        "new Array(3).fill(0)", // Node 20, 22
        "ff0f6103490049004902490049044900400303",
        "Array([Number(0.0), Number(0.0), Number(0.0)])",
    ),
    (
        "new Array(3).fill(0)", // Node 24, 26
        "ff0f4103490049004900240003",
        "Array([Number(0.0), Number(0.0), Number(0.0)])",
    ),
    (
        "[1.5, 2]",
        "ff0f41024e000000000000f83f4e0000000000000040240002",
        "Array([Number(1.5), Number(2.0)])",
    ),
    (
        "Object.assign([1, 2], { key: 1 })",
        "ff0f41024902490422036b65794902240102",
        "Array([Number(1.0), Number(2.0)])",
    ),
    (
        "new Map([[1, { a: 2 }], ['b', 3]])",
        "ff0f3b49026f22016149047b0122016249063a04",
        r#"Map([(Number(1.0), Object([("a", Number(2.0))])), (String("b"), Number(3.0))])"#,
    ),
    (
        "new Set([1, 'a'])",
        "ff0f2749022201612c02",
        r#"Set([Number(1.0), String("a")])"#,
    ),
    (
        "[new Number(1.5), new String('x'), new String('日'), new Boolean(true), new Boolean(false), Object(5n)]",
        "ff0f41066e000000000000f83f73220178736302e56579787a100500000000000000240006",
        r#"Array([Number(1.5), String("x"), String("日"), Bool(true), Bool(false), BigInt(BigInt { is_negative: false, magnitude: [5] })])"#,
    ),
    (
        "(number => [number, number])(new Number(-0))",
        "ff0f41026e00000000000000805e01240002",
        "Array([Number(-0.0), Number(-0.0)])",
    ),
    (
        "new Map([[{}, 1], [NaN, 2]])",
        "ff0f3b6f7b0049024e000000000000f87f4e00000000000000403a04",
        "Map([(Object([]), Number(1.0)), (Number(NaN), Number(2.0))])",
    ),
    (
        "(set => set.add(set))(new Set())",
        "ff0f275e002c01",
        "error: the value is nested too deep, or contains itself at [0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]...",
    ),
    (
        "Object.assign([1, , 3], { '-1': 1 })",
        "ff0f6103490049024904490622022d314902400303",
        "Array([Number(1.0), Undefined, Number(3.0)])",
    ),
    (
        "[1.5, , 3.5]",
        "ff0f610349004e000000000000f83f49044e0000000000000c40400203",
        "Array([Number(1.5), Undefined, Number(3.5)])",
    ),
    (
        "[new Date(1), new Date(NaN)]",
        "ff0f410244000000000000f03f44000000000000f87f240002",
        "Array([Date(Date(1.0)), Date(Date(NaN))])",
    ),
    (
        "[NaN, -0, 2 ** 31, -(2 ** 31), 1e9, 2 ** 53]",
        "ff0f41064e000000000000f87f4e00000000000000804e000000000000e0414e000000000000e0c14e0000000065cdcd414e0000000000004043240006",
        "Array([Number(NaN), Number(-0.0), Number(2147483648.0), Number(-2147483648.0), Number(1000000000.0), Number(9007199254740992.0)])",
    ),
    (
        r#"['é', '日本', '', '\ud800', 'a\u{1F600}']"#,
        "ff0f41052201e9006304e5652c672200630200d8630661003dd800de240005",
        r#"Array([String("é"), String("日本"), String(""), String("�"), String("a😀")])"#,
    ),
    (
        "{ 1: 2, '日': 3, 'é': 4, '-1': 5, 4294967294: 6, 4294967295: 7 }",
        "ff0f6f490249044e0000c0ffffffef41490c6302e56549062201e9490822022d31490a220a34323934393637323935490e7b06",
        r#"Object([("1", Number(2.0)), ("4294967294", Number(6.0)), ("日", Number(3.0)), ("é", Number(4.0)), ("-1", Number(5.0)), ("4294967295", Number(7.0))])"#,
    ),
    (
        "(object => { object.self = object; return object })({})",
        "ff0f6f220473656c665e007b01",
        "error: the value is nested too deep, or contains itself at self.self.self.self.self.self.self.self.self.self.self.self.self.self.self.self...",
    ),
    (
        "(shared => ({ a: shared, b: [shared] }))({ x: 1 })",
        "ff0f6f2201616f22017849027b0122016241015e012400017b02",
        r#"Object([("a", Object([("x", Number(1.0))])), ("b", Array([Object([("x", Number(1.0))])]))])"#,
    ),
    (
        "(date => [date, date])(new Date(5))",
        "ff0f41024400000000000014405e01240002",
        "Array([Date(Date(5.0)), Date(Date(5.0))])",
    ),
    (
        "[undefined, null, true, false]",
        "ff0f41045f305446240004",
        "Array([Undefined, Null, Bool(true), Bool(false)])",
    ),
    (
        "{ a: undefined, b: null }",
        "ff0f6f2201615f220162307b02",
        r#"Object([("a", Undefined), ("b", Null)])"#,
    ),
];

/// With an attached buffer of the bytes 0 to 7, and an attached shared one.
fn received(hex: &str) -> Received {
    Received::new(Message {
        bytes: memory(bytes(hex)),
        attachments: Attachments {
            array_buffers: vec![memory((0..8).collect())],
            shared_buffers: vec![Store::new().buffer()],
            ports: vec![testing::port(1)],
            modules: vec![Store::new().module()],
        },
        marks_memories: false,
    })
}

fn described(hex: &str) -> String {
    match received(hex).read::<Value>() {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn all_that_v8_writes_is_read() {
    for (javascript, hex, expected) in FIXTURES {
        assert_eq!(described(hex), *expected, "{javascript}");
    }
}

/// All bytes are consumed, and objects are counted as V8 counts them.
#[test]
fn all_that_v8_writes_can_be_ignored() {
    for (javascript, hex, _) in FIXTURES {
        let result = received(hex).read::<serde::de::IgnoredAny>();
        assert!(result.is_ok(), "{javascript}");
        // [ignored, 7]
        let mut message = bytes("ff0f4102");
        message.extend(bytes(&hex[4..]));
        message.extend(bytes("490e240002"));
        let received = Received::new(Message {
            bytes: memory(message),
            ..Message::default()
        });
        let (_, seven): (serde::de::IgnoredAny, i32) = received.read().unwrap();
        assert_eq!(seven, 7, "{javascript}");
    }
}
