'use strict'

// Libraries of native workers: their names, their contents, and files that are not libraries.

const avaTest = require('ava').default
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { nativeWorkers, Worker, WorkerPool } = require('..')
const { bounded, packageRoot } = require('./helpers')
const { library, libraryFile } = require('./native-helpers')

const test = bounded(avaTest)

function folder (t) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-'))
  t.teardown(() => fs.rmSync(directory, { recursive: true }))
  return directory
}

/** A C library that exports the given description. */
function compile (t, source) {
  const directory = folder(t)
  const file = path.join(directory, libraryFile('of_c'))
  fs.writeFileSync(path.join(directory, 'library.c'), source)
  execFileSync('cc', ['-shared', '-fPIC', '-o', file, path.join(directory, 'library.c')])
  return file
}

// Of the interface that the addon has.
const version = Number(/VERSION: u32 = (\d+)/.exec(fs.readFileSync(path.join(packageRoot, 'codec', 'src', 'abi.rs'), 'utf8'))[1])

const claim = ({ version, aborts = 0, count = 0 }) => `
  #include <stddef.h>
  #include <stdint.h>
  static const struct {
    uint32_t version; const char *sdk; size_t sdk_length; uint8_t aborts; const void *workers; size_t count;
  } library = { ${version}, "9.8.7", 5, ${aborts}, NULL, ${count} };
  const void *isothreads_library(void) { return &library; }`

const refused = (file, message) => ({ code: 'ERR_DLOPEN_FAILED', message: new RegExp(`^Cannot load the native worker library ${file}.*${message}`, 's') })

test('nativeWorkers() lists the workers of the package', (t) => {
  const workers = nativeWorkers()
  t.deepEqual(workers.map(({ name, specifier, kind }) => [name, specifier, kind]), [
    ['fib', 'native:fib', 'function'],
    ['processor', 'native:processor', 'conversation']
  ])
  t.true(workers.every(({ description }) => description.length > 20))
})

test('nativeWorkers(library) lists a library\'s, with its descriptions', (t) => {
  const workers = nativeWorkers(library)
  const echo = workers.find(({ name }) => name === 'echo')
  t.deepEqual(echo, { name: 'echo', specifier: `${library}#echo`, kind: 'function', description: 'Returns its argument.' })
  t.is(workers.find(({ name }) => name === 'parrot').kind, 'conversation')
  t.deepEqual(nativeWorkers(pathToFileURL(library)), workers)
})

test('an unknown name is an error that lists the known ones', (t) => {
  const expected = { code: 'ERR_ISOTHREADS_NO_SUCH_WORKER', message: /'fibb'.*fib, processor/ }
  t.throws(() => new Worker('native:fibb'), expected)
  t.throws(() => new WorkerPool('native:fibb'), expected)
  t.throws(() => new Worker(`${library}#nobody`), { code: 'ERR_ISOTHREADS_NO_SUCH_WORKER', message: /'nobody'.*echo/ })
  t.throws(() => new Worker(new URL(`${pathToFileURL(library)}#%`)), { code: 'ERR_ISOTHREADS_NO_SUCH_WORKER', message: /'%'.*echo/ })
})

test('a library of several workers needs to be told which', (t) => {
  t.throws(() => new Worker(library), { code: 'ERR_ISOTHREADS_NO_SUCH_WORKER', message: /several workers.*#.*echo/ })
})

test('a file that does not exist, or is not a library of this system', (t) => {
  const file = path.join(folder(t), libraryFile('nothing'))
  t.throws(() => new Worker(file), refused(file, 'No such file'))
  fs.writeFileSync(file, 'not a library')
  t.throws(() => new Worker(file), refused(file, ''))
  t.throws(() => nativeWorkers(file), refused(file, ''))
})

test('a relative path needs ./', (t) => {
  t.throws(() => new Worker('libnothing.so'), { code: 'ERR_WORKER_PATH' })
  t.throws(() => nativeWorkers('nothing.js'), { code: 'ERR_WORKER_PATH' })
  t.throws(() => nativeWorkers(1), { code: 'ERR_INVALID_ARG_TYPE' })
})

test('an unrelated library', (t) => {
  const file = compile(t, 'int nothing(void) { return 0; }')
  t.throws(() => new Worker(file), refused(file, 'isothreads_library'))
})

test('the initialisers of an unrelated library do not run', (t) => {
  const file = compile(t, `
    #include <stdlib.h>
    __attribute__((constructor)) static void run(void) { setenv("ISOTHREADS_TEST_INITIALISED", "1", 1); }`)
  t.throws(() => nativeWorkers(file), refused(file, 'isothreads_library'))
  t.is(process.env.ISOTHREADS_TEST_INITIALISED, undefined)
})

test('a library without an entry symbol', (t) => {
  const file = compile(t, 'void *isothreads_library(void) { return 0; }')
  t.throws(() => nativeWorkers(file), refused(file, 'isothreads_library'))
})

test('a library that was built against another SDK', (t) => {
  const file = compile(t, claim({ version: 4711 }))
  t.throws(() => new Worker(file), refused(file, 'isothreads-sdk 9\\.8\\.7.*4711.*Build it again'))
})

test('a library in which a panic would end the process', (t) => {
  const file = compile(t, claim({ version, aborts: 1 }))
  t.throws(() => new Worker(file), refused(file, 'panic = "abort"'))
})

test('a library without workers', (t) => {
  const file = compile(t, claim({ version }))
  t.throws(() => new Worker(file), refused(file, 'no workers'))
})
