'use strict'

// What a lean worker has of Node's own library, held against Node's: the same code runs in a worker of either runtime.

const path = require('node:path')
const { nextMessage, startWorker } = require('./helpers')
const { endsCleanly, runNode } = require('./run-process')
const { leanTest: test, startLean } = require('./lean-helpers')
const { library } = require('./lean-library-names')

/** What `code` posts from a lean worker, and from one of Node's runtime. */
function both (t, code) {
  const body = `const { parentPort } = require('worker_threads'); const post = (value) => parentPort.postMessage(value); ${code}`
  return Promise.all([startLean(t, body), startWorker(t, body)].map(nextMessage))
}

/** Evaluates each expression in both runtimes, and compares what util.inspect() says of the results and of what they throw. */
function same (title, expressions, before = '') {
  test(title, async (t) => {
    const [lean, node] = await both(t, `
      const util = require('util')
      const show = (value) => typeof value === 'string' ? value : util.inspect(value, { depth: 5 })
      const run = async (source) => {
        try {
          return show(await (0, eval)(source))
        } catch (error) {
          return ['thrown', error.name, error.code, error.message].map(String).join(' ')
        }
      }
      globalThis.require = require
      ${before}
      ;(async () => {
        const results = []
        for (const source of ${JSON.stringify(expressions)}) results.push(await run(source))
        post(results)
      })()
    `)
    for (const [index, source] of expressions.entries()) t.is(lean[index], node[index], source)
  })
}

async function outputOf (worker) {
  return Promise.all([worker.stdout, worker.stderr].map(async (stream) => {
    let text = ''
    for await (const chunk of stream) text += chunk
    return text
  }))
}

// Of Node's C++, and what Node 24 has removed.
const undocumented = ['isEventTarget', '_unrefActive', 'active', 'enroll', 'unenroll']

test('the built-in modules export the names that they export in Node', async (t) => {
  const [lean, node] = await both(t, `post(${JSON.stringify(library)}.map((id) => [id, Object.keys(require(id)).sort()]))`)
  for (const [index, [id, names]] of node.entries()) {
    t.deepEqual(lean[index][1].filter((name) => !undocumented.includes(name)), names.filter((name) => !undocumented.includes(name)), id)
  }
})

test('a module is found with and without node:, and is the same', async (t) => {
  const [lean] = await both(t, `post([
    require('events') === require('node:events'), require('path').posix === require('path/posix'), require('util').inspect === require('node:util').inspect,
    require('buffer').Buffer === Buffer, require('url').URL === URL, require('stream/web').ReadableStream === ReadableStream,
    require('perf_hooks').performance === performance, require('timers').setTimeout === setTimeout,
    require('assert').strict === require('assert/strict'), require('util').TextDecoder === TextDecoder, require('process') === process
  ])`)
  t.deepEqual(lean, [true, true, true, true, true, true, true, true, true, true, true])
})

same('values are inspected as in Node', [
  '({ a: 1, b: "two", c: [1, 2, 3], d: { e: { f: { g: {} } } } })', '[undefined, null, NaN, -0, 10n, true, Symbol("s"), Symbol.iterator]',
  'new Map([["a", { b: new Set([1, [2]]) }], [{}, 2]])', 'new Set()', 'new WeakMap()', 'new WeakSet([{}])',
  '[1, , 3]', 'Object.assign([1], { x: 2, "-1": 3 })', 'new Array(200).fill(7)', 'Array.from({ length: 30 }, (_, n) => "item " + n)',
  'new Uint8Array([1, 2, 300])', 'new Float64Array(2)', 'new ArrayBuffer(4)', 'new DataView(new ArrayBuffer(2))', 'new SharedArrayBuffer(2)',
  'Buffer.from("abc")', 'class A {}; new A()', 'class A { #p = 1; x = 2; get y () { return 3 } static s = 4 }; [A, new A()]', 'class B extends Map {}; [B, new B([[1, 2]])]',
  'Object.create(null)', 'Object.create({ constructor: { name: "Odd" } })', 'Object.create(class C {}.prototype)',
  '(() => { const a = { name: "a" }; a.self = a; a.list = [a, { a }]; return a })()', '({ get a () { return 1 }, set b (v) {}, get c () { return 1 }, set c (v) {} })',
  'function named () {}', '() => {}', 'async function f () {}', 'function * g () {}', 'async function * h () {}', 'Object.assign(function x () {}, { y: 1 })',
  'Promise.resolve(1).constructor', '[Promise.resolve({ a: 1 }), new Promise(() => {})]', 'util.inspect(Promise.reject(3).catch(() => {}) && [1])',
  'new Proxy({ a: 1 }, {})', 'util.inspect(new Proxy({ a: 1 }, { get () { throw 1 } }), { showProxy: true })', 'new Proxy(function () {}, {})',
  'new Date(0)', 'new Date(NaN)', '/a+/giu', 'Object(1)', 'Object("str")', 'Object(Symbol("x"))', 'Object(2n)', 'Object(false)',
  '[1, 2][Symbol.iterator]()', 'new Map([[1, 2]]).entries()', 'new Set([1]).values()', '(function () { return arguments })(1, 2)', '"it\'s"', '["it\'s", "a\\nb", `"`]',
  '"x".repeat(20000).length', '["x".repeat(200)]', '({ "long key with spaces": 1, valid: 2, [Symbol("k")]: 3, 5: 6 })', 'globalThis === globalThis',
  'util.inspect({ a: { b: { c: { d: 1 } } } }, { depth: 0 })', 'util.inspect({ a: { b: { c: { d: 1 } } } }, { depth: Infinity, compact: false })',
  'util.inspect({ b: 1, a: 2 }, { sorted: true, colors: true })', 'util.inspect([1, 2, 3], { showHidden: true })', 'util.inspect("a".repeat(100), { maxStringLength: 5 })',
  'util.inspect(new Array(10), { maxArrayLength: 2 })', 'util.inspect({ a: 123456789.5, b: 1234567n }, { numericSeparator: true })',
  'util.inspect({ get a () { return { b: 1 } } }, { getters: true })', '({ [util.inspect.custom] (depth, options) { return `custom ${depth}` } })',
  '({ a: { [util.inspect.custom]: () => ({ other: 1 }) } })', 'Object.assign(new Error("m"), { stack: "Error: m\\n    at x", extra: 1 })',
  '(() => { const e = new TypeError("outer", { cause: "why" }); e.stack = "TypeError: outer"; return e })()',
  '(() => { const e = new AggregateError([new Error("one")], "many"); e.stack = "AggregateError: many"; e.errors[0].stack = "Error: one"; return e })()',
  '(() => { class My extends Error {} const e = new My("m"); e.stack = e.stack.split("\\n")[0]; return e })()', 'Object.assign(Object.create(Error.prototype), { message: "none" })',
  'Math', 'JSON', 'Reflect', 'Atomics', 'Intl.Collator.name', 'new (class extends Array {})(3)', 'new (class Foo extends Uint8Array {})(3)', 'Object.freeze([{}])',
  'WebAssembly.Module.name', 'new URL("https://user:pw@example.org:8080/p/a?x=1#h")', 'new URLSearchParams("a=1&b=2&a=3")', 'new Blob(["abc"], { type: "text/plain" })',
  'new AbortController().signal.aborted', 'util.format("%s %d %i %f %j %o %O %c %% %x", "a", 1.5, 2.5, "3.5", { a: 1 }, [1], { b: { c: { d: {} } } }, "css", "rest", 4)',
  'util.format("%s", Symbol("a"), -0, 1n, null, undefined, () => {}, class X {}, { toString () { return "own" } })', 'util.format(1, "a", { b: 1 })',
  '"\\ud83d\\ude00 wide"', '[["\\u4e2d\\u6587", 1]]', '({ __proto__: { a: 1 }, b: 2 })', '[[[[[[]]]]]]', '({ a: [], b: {}, c: "" })'
], 'globalThis.util = util')

test('console prints what Node\'s prints', async (t) => {
  const code = `
    console.log(); console.log('plain', 'text'); console.log('%d%%', 5, 'x'); console.info({ a: [1, { b: { c: {} } }] }); console.debug(null, undefined, 1n)
    console.table([{ a: 1, b: 'x' }, { a: 2, c: true }]); console.table([[1, 2], [3, 4]], [0]); console.table(new Map([['k', 1]])); console.table(new Set([1])); console.table(5)
    console.group('outer', 1); console.log('in\\nside'); console.group(); console.warn('deep\\nwarning'); console.table([1]); console.groupEnd(); console.groupEnd(); console.groupEnd(); console.log('out')
    console.count(); console.count('x'); console.count(); console.countReset(); console.count(); console.countReset('none')
    console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 }); console.dirxml({ a: 1 }, [2]); console.assert(true, 'no'); console.assert(false, 'yes %s', 1); console.assert(false, { a: 1 }); console.assert()
    console.timeEnd('none'); console.error(new RangeError('printed').message); console.log(Object.keys(console).filter((name) => name !== 'createTask' && name !== 'context').sort())
    const { Console } = console; new Console({ stdout: { write: (text) => post.push(text) }, stderr: null }).log; console.log(typeof Console, String(console))
  `.replace(' new Console({ stdout: { write: (text) => post.push(text) }, stderr: null }).log;', '')
  const options = { stdout: true, stderr: true }
  const [lean, node] = await Promise.all([startLean(t, code, options), startWorker(t, code, options)].map(outputOf))
  // The warnings of a process have its number, and come later.
  const withoutProcess = (text) => text.replaceAll(/\(node:\d+\) /g, '').replaceAll(/\(Use `node.*\n/g, '').split('\n').sort()
  t.is(lean[0], node[0])
  t.deepEqual(withoutProcess(lean[1]), withoutProcess(node[1]))
})

test('console.trace() begins at its caller, and the time of a timer is a time', async (t) => {
  const [stdout, stderr] = await outputOf(startLean(t, 'console.time("t"); console.timeLog("t", 1); console.timeEnd("t"); (function caller () { console.trace("here %d", 1) })()', { stdout: true, stderr: true }))
  t.regex(stdout, /^t: \d.*s 1\nt: \d.*s\n$/)
  t.regex(stderr, /^Trace: here 1\n {4}at caller \(\[worker eval\]:1:\d+\)\n/)
})

const buffers = [
  '["utf8", "utf16le", "latin1", "ascii", "hex", "base64", "base64url"].map((e) => [e, Buffer.from("h\\u00e9\\u20ac\\ud83d\\ude00AbC-_+/=", e).toString("hex")])',
  '["utf8", "utf16le", "latin1", "ascii", "hex", "base64", "base64url"].map((e) => Buffer.from([0, 127, 128, 200, 255, 0xe2, 0x82, 0xac, 0xf0]).toString(e))',
  'Buffer.from("zz1", "hex")', 'Buffer.from("aGk", "base64").toString()', 'Buffer.from("aGk=\\n", "base64").toString()', 'Buffer.alloc(5, "ab")', 'Buffer.alloc(7, Buffer.from([1, 2, 3]))', 'Buffer.alloc(4, "zz", "hex")',
  'Buffer.alloc(6, "\\u20ac")', 'Buffer.alloc(3).fill(257)', 'Buffer.alloc(3).fill("")', 'Buffer.from([1, 2, 3, 4]).swap16()', 'Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]).swap64()', 'Buffer.from([1]).swap32()',
  'Buffer.compare(Buffer.from("a"), Buffer.from("b"))', 'Buffer.from("abc").compare(Buffer.from("xabcx"), 1, 4)', 'Buffer.from("abcabc").equals(Buffer.from("abcabc"))',
  '["b", "c", "", "x", 98, Buffer.from("bc")].map((x) => [Buffer.from("abcabc").indexOf(x), Buffer.from("abcabc").lastIndexOf(x), Buffer.from("abcabc").indexOf(x, 2), Buffer.from("abcabc").indexOf(x, -2), Buffer.from("abcabc").lastIndexOf(x, 2), Buffer.from("abcabc").lastIndexOf(x, -9), Buffer.from("abcabc").includes(x, 9)])',
  'Buffer.from("abcab", "utf16le").indexOf("b", 3, "utf16le")', 'Buffer.from("abcab", "utf16le").lastIndexOf("b", undefined, "utf16le")', 'Buffer.concat([Buffer.from("a"), Buffer.from("bc")], 2)', 'Buffer.byteLength("\\u20ac\\ud800")', 'Buffer.byteLength("aGk=", "base64")',
  'Buffer.from("abcdef").copy(Buffer.alloc(3), 1, 2)', '(() => { const b = Buffer.alloc(6); return [b.write("\\u20ac\\u20ac\\u20ac"), b, b.write("abc", 4), b, b.write("ff", 0, "hex"), b] })()', 'Buffer.alloc(2).write("a", 3)',
  'Buffer.from("a\\u20ac").toJSON()', 'Buffer.from("abc").subarray(1).toString()', 'Buffer.from("test").readUInt16BE(1)', 'Buffer.alloc(8).writeDoubleLE(1.5)', 'Buffer.alloc(2).readUInt32LE(0)', 'Buffer.from({})', 'Buffer.from(5)', 'Buffer.alloc(-1)',
  'Buffer.from(new Uint16Array([1, 256]).buffer)', 'Buffer.isEncoding("UTF-8")', 'Buffer.from("abc").toString("nope")', 'require("buffer").transcode(Buffer.from("\\u20aca"), "utf8", "latin1")', 'require("buffer").isUtf8(Buffer.from([0xff]))', 'require("buffer").isUtf8(Buffer.from("\\ufeff\\u20ac"))',
  'require("buffer").isAscii(Buffer.from("a"))', 'atob("aGk=") + btoa("hi")', 'require("buffer").atob("*")', 'Object.keys(require("buffer").constants)', 'structuredClone(Buffer.from("a"))', 'JSON.stringify(Buffer.from("a"))', 'Buffer.from("ab").latin1Slice(0, 1)', 'Buffer.poolSize'
]
same('buffers do what Node\'s do', buffers)

same('string decoders keep what is left of a character', [
  '["utf8", "utf16le", "base64", "base64url", "latin1", "hex", "ascii"].map((encoding) => { const { StringDecoder } = require("string_decoder"); const d = new StringDecoder(encoding); const out = []; for (const byte of [0x61, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xe2, 0x41, 0xc3, 0x3d, 0xd8, 0x00, 0xdc]) out.push(d.write(Buffer.from([byte])), d.lastNeed, d.lastTotal); out.push(d.end()); return out.join("|") })',
  'new (require("string_decoder").StringDecoder)("nope")', 'new (require("string_decoder").StringDecoder)().write({})'
])

same('addresses are parsed as in Node', [
  ...['https://user:p%40ss@EXAMPLE.org:443/a/../b?q=1#f', 'file:///C:/a', 'http://\u00fcml.de/\u00e4?\u00f6#\u00df', 'mailto:a@b', 'http://[::1]:80/', 'nope', 'http://a b/', 'javascript:alert(1)', 'http://256.1.1.1', 'blob:https://a.b/c', 'ws://a?b', 'http://x:99999/']
    .map((input) => `(() => { const u = new URL(${JSON.stringify(input)}); return [u.href, u.origin, u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash] })()`),
  'new URL("../x?y", "https://a.b/c/d/e").href', 'new URL("x", "nope")', 'URL.canParse("a:b") + " " + URL.canParse("x")', 'URL.parse("x")', 'URL.parse("/y", "http://a").href',
  '["protocol", "host", "hostname", "port", "username", "password", "pathname", "search", "hash"].map((part) => { const u = new URL("https://a.b/c?d#e"); u[part] = "8x\\u00fc"; return u.href })', '(() => { const u = new URL("http://a"); u.href = "nope" })()',
  '(() => { const u = new URL("http://a/?b=1"); u.searchParams.append("c", "d e"); u.searchParams.delete("b"); return u.href })()', '[...new URLSearchParams({ a: "1", b: "\\u00e9 &" })].join() + new URLSearchParams([["x", "y"]])',
  'require("url").parse("http://u:p@host:80/p?q=1#h")', 'require("url").resolve("http://a/b/c", "../d")', 'require("url").format(new URL("http://u:p@xn--mnchen-3ya.de/p?q#h"), { auth: false, unicode: true, fragment: false, search: false })', 'require("url").domainToASCII("m\\u00fcnchen.de") + require("url").domainToUnicode("xn--mnchen-3ya.de")',
  'require("url").pathToFileURL("/a b/c?d#e%\\n").href', 'require("url").fileURLToPath("file:///a%20b")', 'require("url").fileURLToPath("http://a")', 'require("url").urlToHttpOptions(new URL("http://a/b"))', 'JSON.stringify(new URL("http://a"))', 'require("querystring").parse("a=1&b=%20&a=2")', 'require("querystring").stringify({ a: [1, "x y"], b: "\\u00e9" })'
])

same('pure functions of path, util, assert and events', [
  'require("path").join("/a", "..", "b", "c.js")', 'require("path").resolve("/a", "b")', 'require("path").win32.resolve("C:\\\\a", "..\\\\b")', 'require("path").parse("/a/b.tar.gz")', 'require("path").relative("/a/b", "/a/c/d")',
  'util.types.isProxy(new Proxy({}, {}))', 'util.isDeepStrictEqual(new Map([[{}, 1]]), new Map([[{}, 1]]))', 'util.promisify((a, done) => done(null, a))(5)', 'util.promisify(setTimeout)(1, "late")', 'util.parseArgs({ args: ["-f", "--bar", "b"], options: { f: { type: "boolean", short: "f" }, bar: { type: "string" } } })',
  'util.styleText("red", "text", { validateStream: false })', 'util.stripVTControlCharacters("\\u001b[31mx")', 'util.inherits.length', 'util.toUSVString("\\ud800")', 'util.types.isTypedArray(new Uint8Array())', 'new util.MIMEType("text/html; charset=utf-8")', 'util.deprecate(() => 5, "old", "X1").name',
  'require("assert").deepStrictEqual({ a: 1, b: [1, 2] }, { a: 1, b: [1, 3] })', 'require("assert").strictEqual(1, 2)', 'require("assert").throws(() => { throw new Error("x") }, /y/)', 'require("assert").rejects(Promise.resolve())', 'require("assert").strictEqual("a\\nb\\nc", "a\\nb\\nd")', 'require("assert").match("a", /b/)', 'require("assert").notDeepEqual([1], [1])', 'require("assert")(true)', 'require("assert").equal(NaN, NaN)', 'require("assert").fail("m")',
  '(() => { const E = require("events"); const e = new E(); const log = []; e.on("a", (x) => log.push(x)); e.once("a", (x) => log.push("once" + x)); e.prependListener("a", () => log.push("first")); e.emit("a", 1); e.emit("a", 2); return [log, e.listenerCount("a"), e.eventNames()] })()', 'new (require("events"))().emit("error", new Error("unheard"))', 'new (require("events"))().emit("error", 5)',
  '(async () => { const { once, EventEmitter } = require("events"); const e = new EventEmitter(); setImmediate(() => e.emit("x", 1, 2)); return once(e, "x") })()', '(async () => { const { on, EventEmitter } = require("events"); const e = new EventEmitter(); setImmediate(() => { e.emit("x", 1); e.emit("x", 2) }); for await (const [v] of on(e, "x")) if (v === 2) return v })()', '(async () => { const { once } = require("events"); const t = new EventTarget(); setImmediate(() => t.dispatchEvent(new Event("y"))); return (await once(t, "y"))[0].type })()', 'require("events").once(new (require("events"))(), "x", { signal: AbortSignal.abort() })'
], 'globalThis.util = util')

const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'latin1', 'iso-8859-2', 'windows-1251', 'koi8-r', 'gbk', 'gb18030', 'big5', 'euc-jp', 'iso-2022-jp', 'shift_jis', 'euc-kr', 'macintosh', 'ibm866', 'windows-874']
same('text is decoded as in Node', [
  ...encodings.map((label) => `(() => { const d = new TextDecoder(${JSON.stringify(label)}); return [d.encoding, d.decode(new Uint8Array([0x41, 0xc4, 0xe3, 0xba, 0xc3, 0x20, 0x7a]))] })()`),
  'new TextDecoder("nope")', 'new TextDecoder("utf-16le").decode(new Uint8Array([0xff, 0xfe, 0x41, 0]))', 'new TextDecoder("utf-16le", { ignoreBOM: true }).decode(new Uint8Array([0xff, 0xfe, 0x41, 0])).length', 'new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([0xc3]))', 'new TextDecoder("shift_jis", { fatal: true }).decode(new Uint8Array([0x81]))',
  '(() => { const d = new TextDecoder("shift_jis"); return [d.decode(new Uint8Array([0x83]), { stream: true }), d.decode(new Uint8Array([0x65]), { stream: true }), d.decode()] })()', '(() => { const d = new TextDecoder(); return [0xf0, 0x9f, 0x98, 0x80, 0xe2].map((byte) => d.decode(new Uint8Array([byte]), { stream: true })).concat(d.decode()) })()', 'new TextDecoder().decode(5)', '" UTF8 ".length && new TextDecoder(" UTF8 ").encoding'
])

same('wrong arguments of crypto, and an assertion without a message', [
  ...['0', '2 ** 50', 'NaN', '"a"', '5, 1'].map((range) => `(() => { try { require("crypto").randomInt(${range}) } catch (error) { return [error.name, error.code] } })()`),
  ...['randomFillSync("x")', 'randomFillSync(new Uint8Array(4), 5)', 'randomBytes(2 ** 32)', 'randomBytes("1")', 'timingSafeEqual("a", "a")', 'timingSafeEqual(new Uint8Array(1), new Uint8Array(2))']
    .map((call) => `(() => { try { require("crypto").${call} } catch (error) { return [error.name, error.code] } })()`),
  '(() => { const { randomInt } = require("crypto"); const n = randomInt(3, 5); return n === 3 || n === 4 })()',
  '(() => { try { require("assert")(false) } catch (error) { return [error.name, error.code, error.actual, error.expected, error.operator] } })()'
])

test('util.aborted() settles when the signal aborts', async (t) => {
  const [lean, node] = await both(t, `
    const { aborted } = require('util')
    const controller = new AbortController()
    const wrong = [[], [controller.signal], [{}, {}]].map((args) => Promise.resolve().then(() => aborted(...args)).catch((error) => error.code))
    Promise.all([aborted(controller.signal, {}), ...wrong]).then(post)
    controller.abort()
  `)
  t.deepEqual(lean, node)
})

same('streams carry data as in Node', [
  '(async () => { const { Readable, Transform } = require("stream"); const { pipeline } = require("stream/promises"); const out = []; await pipeline(Readable.from(["a", "b"]), new Transform({ transform (chunk, _, done) { done(null, String(chunk).toUpperCase()) } }), async function * (source) { for await (const chunk of source) out.push(String(chunk)) }); return out })()',
  '(async () => require("stream/consumers").text(require("stream").Readable.from(["x", "y"])))()', '(async () => { const { Writable, finished } = require("stream"); const w = new Writable({ write (chunk, e, done) { done(new Error("full")) } }); w.write("x"); return new Promise((resolve) => finished(w, (error) => resolve(error.message))) })()', 'require("stream").Readable.from([1, 2, 3]).map((x) => x * 2).toArray()',
  '(async () => { const out = []; for await (const chunk of new ReadableStream({ start (c) { c.enqueue(1); c.enqueue(2); c.close() } }).pipeThrough(new TransformStream({ transform (chunk, c) { c.enqueue(chunk * 10) } }))) out.push(chunk); return out })()', '(async () => { const s = new ReadableStream({ start (c) { c.enqueue(new Uint8Array([0xe2, 0x82])); c.enqueue(new Uint8Array([0xac])); c.close() } }); let text = ""; for await (const part of s.pipeThrough(new TextDecoderStream())) text += part; return text })()',
  '(async () => { const [a, b] = new ReadableStream({ start (c) { c.enqueue(1); c.close() } }).tee(); return [(await a.getReader().read()).value, (await b.getReader().read()).value] })()', '(async () => { const got = []; const w = new WritableStream({ write (x) { got.push(x) } }).getWriter(); await w.write(1); await w.close(); return got })()', 'new CountQueuingStrategy({ highWaterMark: 3 }).highWaterMark', '(async () => { const b = new Blob(["ab", new Uint8Array([99]), new Blob(["d"])]); return [b.size, await b.text(), await b.slice(1, 3).text(), new Uint8Array(await b.arrayBuffer()), (await b.stream().getReader().read()).value] })()', '(() => { const f = new File(["x"], "name.txt", { lastModified: 5 }); return [f.name, f.size, f.lastModified, f instanceof Blob] })()',
  'require("timers/promises").setTimeout(1, "x")', 'require("timers/promises").setImmediate("y")', 'require("timers/promises").setTimeout(1e6, 0, { signal: AbortSignal.abort() })', '(async () => { let n = 0; for await (const v of require("timers/promises").setInterval(1, "v")) if (++n === 2) return [v, n] })()'
])

same('random values, digests and the clock', [
  'crypto.randomUUID().replace(/[0-9a-f]/g, "x").length + " " + /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())', 'crypto.getRandomValues(new Uint8Array(64)).some((byte) => byte !== 0)', 'crypto.getRandomValues(new Float32Array(1))', 'crypto.getRandomValues(new Uint8Array(65537))',
  '(async () => Promise.all(["SHA-1", "sha-256", { name: "SHA-384" }, "SHA-512"].map(async (a) => Buffer.from(await crypto.subtle.digest(a, Buffer.from("abc"))).toString("hex"))))()', 'crypto.subtle.digest("MD5", new Uint8Array(1))', 'performance.mark("a").name', 'performance.measure("m", "a").entryType', '(performance.mark("b", { startTime: 5, detail: { x: 1 } }), performance.getEntriesByName("b").map((e) => [e.startTime, e.detail, e.duration]))', 'performance.measure("n", { start: 1, end: 3 }).duration', 'performance.getEntriesByType("mark").length',
  'performance.now() >= 0', 'Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 1000', 'Object.keys(performance.toJSON())', 'performance instanceof EventTarget'
])

same('the context of an AsyncLocalStorage follows promises, timers and callbacks', [
  `(async () => {
    const { AsyncLocalStorage, AsyncResource } = require('async_hooks')
    const storage = new AsyncLocalStorage()
    const seen = []
    const say = (what) => seen.push([what, storage.getStore()])
    const waiting = []
    const later = (what, start) => waiting.push(new Promise((resolve) => start(() => { say(what); resolve() })))
    storage.run('a', () => {
      later('microtask', queueMicrotask)
      later('timeout', (f) => setTimeout(f, 1))
      later('immediate', setImmediate)
      later('then', (f) => Promise.resolve().then(f))
      waiting.push((async () => { await null; say('await'); await require('timers/promises').setTimeout(1); say('await timer') })())
    })
    const bound = storage.run('b', () => AsyncResource.bind(() => storage.getStore()))
    const snapshot = storage.run('c', () => AsyncLocalStorage.snapshot())
    say('outside')
    storage.enterWith('d')
    await Promise.all(waiting)
    seen.push(bound(), snapshot(() => storage.getStore()), storage.exit(() => storage.getStore()))
    return seen.map(String).sort()
  })()`
])

test('the context of an AsyncLocalStorage does not leak into the next task', async (t) => {
  const worker = startLean(t, `
    const storage = new (require('async_hooks').AsyncLocalStorage)()
    let n = 0
    onmessage = () => { const store = storage.getStore(); storage.enterWith(++n); postMessage(store) }
  `)
  for (let n = 0; n < 2; n++) {
    worker.postMessage(0)
    t.is(await nextMessage(worker), undefined)
  }
})

test('globals of Node that a lean worker lacks are the ones that are listed', async (t) => {
  const [lean, node] = await both(t, 'post(Object.getOwnPropertyNames(globalThis))')
  const documented = ['BroadcastChannel', 'CloseEvent', 'CompressionStream', 'DecompressionStream', 'ErrorEvent', 'EventSource', 'FormData', 'Headers', 'Navigator', 'QuotaExceededError', 'Request', 'Response', 'Storage', 'URLPattern', 'WebSocket', 'fetch', 'localStorage', 'navigator', 'sessionStorage']
  t.deepEqual(node.filter((name) => !lean.includes(name) && !documented.includes(name)), [])
})

test('with the permission model, which hides Node\'s library, console still prints, and a module says why it is missing', async (t) => {
  const inside = `
    console.log('text', { a: [1] })
    try { require('events') } catch (error) { console.log(error.code, error.message.split(':')[1]) }
  `
  const program = `
    const { Worker } = require(${JSON.stringify(path.join(__dirname, '..'))})
    new Worker(${JSON.stringify(inside)}, { eval: true, runtime: 'lean' })
  `
  const result = await runNode(['--no-warnings', '--permission', '--allow-worker', '--allow-addons', '--allow-fs-read=*', '-e', program])
  endsCleanly(t, result, {
    stdout: 'text { a: [ 1 ] }\nERR_ISOTHREADS_LEAN_UNSUPPORTED  this process gives no access to Node\'s library\n'
  })
})

same('the module crypto has digests and random values', [
  'require("crypto").createHash("sha256").update("a").update(Buffer.from("b")).digest("hex")', 'require("crypto").createHash("SHA-512").update("a").digest().length', 'require("crypto").timingSafeEqual(Buffer.from("a"), Buffer.from("b"))',
  'require("crypto").randomBytes(8).length', 'require("crypto").randomBytes(70000).subarray(65536).some((byte) => byte !== 0)', 'require("crypto").randomInt(3) < 3', 'require("crypto").randomUUID().length', 'require("crypto").webcrypto === crypto || "other"', '(() => { const h = require("crypto").createHash("sha1").update("a"); return [h.copy().digest("hex"), h.update("b").digest("base64")] })()'
])

test('process is what bundlers give to packages: no environment, no version', async (t) => {
  const worker = startLean(t, 'postMessage([process.env, process.versions, process.version, typeof process.exit, process.browser]); process.nextTick((n) => postMessage(n), 5)')
  t.deepEqual(await nextMessage(worker), [{}, {}, '', 'undefined', true])
  t.is(await nextMessage(worker), 5)
})

test('no name of Node\'s internals reaches the program', async (t) => {
  const worker = startLean(t, `
    const tried = (id) => { try { require(id); return 'found' } catch (error) { return error.code } }
    postMessage(['internal/util', 'node:internal/util', 'internal/bootstrap/realm', 'module', 'vm', 'v8', 'os'].map(tried))
  `)
  t.deepEqual(new Set(await nextMessage(worker)), new Set(['MODULE_NOT_FOUND', 'ERR_ISOTHREADS_LEAN_UNSUPPORTED']))
})
