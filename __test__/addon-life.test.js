'use strict'

// Third-party native addons in workers: which are refused, when they are unloaded, and the handling of their C++ exceptions.

const avaTest = require('ava').default
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { findHeaders } = require('../scripts/node-headers')
const { bounded, isPeer, packageRoot } = require('./helpers')
const { runNode, endsCleanly } = require('./run-process')

const test = bounded(avaTest)
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-'))
avaTest.after.always(() => fs.rmSync(directory, { recursive: true }))

// A library of templates that are unique in the process (STB_GNU_UNIQUE) is never unmapped.
const sources = {
  // Registers itself from an initialiser, for one environment only.
  old: `
    #include <node.h>
    static void Init(v8::Local<v8::Object> exports, v8::Local<v8::Value>, void*) {}
    NODE_MODULE(old, Init)`,
  aware: `
    #include <node.h>
    #include <unistd.h>
    static struct Data { ~Data() { if (write(1, "unloaded\\n", 9) < 0) _exit(1); } } data;
    static int loads = 0;
    NODE_MODULE_INIT() {
      v8::Isolate* isolate = v8::Isolate::GetCurrent();
      exports->Set(context, v8::String::NewFromUtf8Literal(isolate, "loads"), v8::Integer::New(isolate, ++loads)).Check();
    }`,
  kept: `
    #include <node_api.h>
    template <class T> struct Unique { static T value; };
    template <class T> T Unique<T>::value = 1;
    static napi_value Init(napi_env, napi_value exports) { return Unique<int>::value > 0 ? exports : nullptr; }
    static napi_module module = { NAPI_MODULE_VERSION, 0, __FILE__, Init, "kept", nullptr, { 0 } };
    __attribute__((constructor)) static void Register() { napi_module_register(&module); }`,
  thrower: `
    #include <node.h>
    #include <stdexcept>
    #include <uv.h>
    static void Throw(const v8::FunctionCallbackInfo<v8::Value>&) { throw std::runtime_error("of a function"); }
    static void Timer(const v8::FunctionCallbackInfo<v8::Value>& args) {
      static uv_timer_t timer;
      uv_timer_init(node::GetCurrentEventLoop(args.GetIsolate()), &timer);
      uv_timer_start(&timer, [](uv_timer_t*) { throw std::runtime_error("of a timer"); }, 1, 0);
    }
    static void Hook(const v8::FunctionCallbackInfo<v8::Value>& args) {
      node::AddEnvironmentCleanupHook(args.GetIsolate(), [](void*) { throw std::runtime_error("of a hook"); }, nullptr);
    }
    NODE_MODULE_INIT() {
      NODE_SET_METHOD(exports, "func", Throw);
      NODE_SET_METHOD(exports, "timer", Timer);
      NODE_SET_METHOD(exports, "hook", Hook);
    }`
}

/** The addon of that name, compiled once. */
function addon (name) {
  const file = path.join(directory, `${name}.node`)
  if (fs.existsSync(file)) return file
  const source = path.join(directory, `${name}.cc`)
  fs.writeFileSync(source, sources[name])
  const include = findHeaders().directories.flatMap((folder) => ['-isystem', folder])
  execFileSync('c++', ['-std=c++20', '-shared', '-fPIC', ...include, '-o', file, source])
  return file
}

/** A program in which `load()` runs a worker that loads the addon, to its end. */
function run (name, source, worker = 'require(file)') {
  return runNode(['-e', `
    const { once } = require('events')
    const { Worker } = require(${JSON.stringify(isPeer ? 'worker_threads' : packageRoot)})
    const file = ${JSON.stringify(addon(name))}
    const load = () => new Promise((resolve) => {
      const worker = new Worker(${JSON.stringify(`
        const file = require('worker_threads').workerData
        const tell = (text) => require('fs').writeSync(1, text + '\\n')
        try { tell('loaded ' + JSON.stringify(${worker})) } catch (error) { tell(error.code + ' ' + error.message.replace(file, '')) }
      `)}, { eval: true, workerData: file })
      worker.on('error', (error) => console.log(error))
      worker.on('exit', resolve)
    })
    const isMapped = () => require('fs').readFileSync('/proc/self/maps', 'utf8').includes(file)
    ;(async () => { ${source} })()
  `], { timeout: 30_000 })
}

if (process.platform === 'linux') {
  const refused = "ERR_DLOPEN_FAILED Module did not self-register: ''.\n"

  test('an addon that only workers loaded is unloaded with each of them', async (t) => {
    endsCleanly(t, await run('aware', 'for (let i = 0; i < 3; i++) await load(); console.log(isMapped())'),
      { stdout: 'loaded {"loads":1}\nunloaded\n'.repeat(3) + 'false\n' })
  })

  test('an addon that the main thread has too stays', async (t) => {
    const result = await run('aware', 'require(file); await load(); await load(); console.log(isMapped())')
    endsCleanly(t, result, { stdout: 'loaded {"loads":2}\nloaded {"loads":3}\ntrue\nunloaded\n' })
  })

  test('an addon that a worker loads twice is unloaded', async (t) => {
    const twice = '(require(file), delete require.cache[file], require(file))'
    endsCleanly(t, await run('aware', 'await load(); console.log(isMapped())', twice),
      { stdout: 'loaded {"loads":2}\nunloaded\nfalse\n' })
  })

  test('an addon stays as long as one of its workers', async (t) => {
    const result = await run('aware', `
      const other = new Worker('require(require("worker_threads").workerData); require("worker_threads").parentPort.on("message", () => process.exit()).postMessage(0)',
        { eval: true, workerData: file })
      await once(other, 'message')
      await load()
      console.log(isMapped())
      other.postMessage(0)
      await once(other, 'exit')
      console.log(isMapped())`)
    endsCleanly(t, result, { stdout: 'loaded {"loads":2}\ntrue\nunloaded\nfalse\n' })
  })

  test('an addon that is not context-aware can be loaded by one worker after the other', async (t) => {
    endsCleanly(t, await run('old', 'for (let i = 0; i < 3; i++) await load()'), { stdout: 'loaded {}\n'.repeat(3) })
  })

  test('an addon that is not context-aware is refused where another thread has it', async (t) => {
    endsCleanly(t, await run('old', 'require(file); await load()'), { stdout: refused })
  })

  test('an addon that stays mapped, and registers itself when it is mapped, is refused by the second worker', async (t) => {
    endsCleanly(t, await run('kept', 'await load(); await load(); console.log(isMapped())'), { stdout: `loaded {}\n${refused}true\n` })
  })

  test('process.dlopen() in a worker behaves as in a Node worker', async (t) => {
    const call = '(process.dlopen({ exports: {} }, file), [process.dlopen.name, typeof process.dlopen])'
    endsCleanly(t, await run('aware', 'await load()', call), { stdout: 'loaded ["dlopen","function"]\nunloaded\n' })
  })

  for (const [name, from] of [['func', 'a function'], ['timer', 'a timer'], ['hook', 'a hook']]) {
    test(`a C++ exception of ${from} of an addon ends the process with its own words`, async (t) => {
      const { signal, hung, stderr } = await run('thrower', 'await load()', `(require(file).${name}(), ${name === 'hook' ? 'process.exit()' : '0'})`)
      t.false(hung)
      t.is(signal, 'SIGABRT')
      t.regex(stderr, new RegExp(`terminate called after throwing an instance of 'std::runtime_error'\\s+what\\(\\):  of ${from}`))
      t.notRegex(stderr, /Rust/)
      // What comes through V8's own frames the C++ runtime does not let up to us.
      if (!isPeer && name !== 'func') t.regex(stderr, /^isothreads: in the worker with threadId 1 a native addon threw/)
    })
  }
}
