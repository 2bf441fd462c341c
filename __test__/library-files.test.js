'use strict'

// Files that are named like a library but are not one: nothing is loaded, nothing blocks, and the process survives.

const avaTest = require('ava').default
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const { bounded, packageRoot, thrownBy } = require('./helpers')
const { library, libraryFile } = require('./native-helpers')
const { runNode, endsCleanly } = require('./run-process')
const { nativeWorkers } = require('..')

const test = bounded(avaTest)
const isWindows = process.platform === 'win32'
const isLinux = process.platform === 'linux'

function folder (t) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-'))
  t.teardown(() => fs.rmSync(directory, { recursive: true }))
  return directory
}

function pathOf (t) {
  return path.join(folder(t), libraryFile('x'))
}

/** The error of nativeWorkers() for a file, after its name. */
function reason (t, file) {
  const { code, message } = thrownBy(() => nativeWorkers(file))
  t.is(code, 'ERR_DLOPEN_FAILED')
  const [, rest] = message.split(`Cannot load the native worker library ${file}: `)
  return rest
}

/** In a separate process, which would end if the file were mapped. */
async function refusedByProcess (t, file, expected) {
  const source = `
    const { Worker, WorkerPool, nativeWorkers } = require(${JSON.stringify(packageRoot)})
    for (const use of [file => new Worker(file), file => new WorkerPool(file), nativeWorkers]) {
      try { use(${JSON.stringify(file)}); console.log('loaded') } catch (error) { console.log(error.code, ${expected}.test(error.message)) }
    }`
  const stdout = 'ERR_DLOPEN_FAILED true\n'.repeat(3)
  endsCleanly(t, await runNode(['-e', source], { timeout: 30_000 }), { stdout })
}

/** A copy of the library, changed. */
function copy (t, change) {
  const file = pathOf(t)
  const bytes = fs.readFileSync(library)
  fs.writeFileSync(file, change(bytes) ?? bytes)
  return file
}

if (!isWindows) {
  test('a named pipe is not opened', async (t) => {
    const file = pathOf(t)
    execFileSync('mkfifo', [file])
    await refusedByProcess(t, file, /named pipe/)
  })

  test('a link to a named pipe is not opened', async (t) => {
    const pipe = path.join(folder(t), 'pipe')
    execFileSync('mkfifo', [pipe])
    const file = pathOf(t)
    fs.symlinkSync(pipe, file)
    await refusedByProcess(t, file, /named pipe/)
  })

  test('a device is not read', async (t) => {
    const file = pathOf(t)
    fs.symlinkSync('/dev/zero', file)
    await refusedByProcess(t, file, /device/)
  })

  test('a socket', async (t) => {
    const file = pathOf(t)
    const server = net.createServer()
    await new Promise((resolve) => server.listen(file, resolve))
    t.regex(reason(t, file), /socket/)
    await new Promise((resolve) => server.close(resolve))
  })

  test('links in a circle', (t) => {
    const file = pathOf(t)
    fs.symlinkSync(file, file)
    t.regex(reason(t, file), /symbolic links/i)
  })

  test('a file that may not be read', (t) => {
    const file = copy(t, () => undefined)
    fs.chmodSync(file, 0)
    if (process.getuid() === 0) t.notThrows(() => nativeWorkers(file))
    else t.regex(reason(t, file), /Permission denied/)
  })
}

test('a folder', (t) => {
  const file = pathOf(t)
  fs.mkdirSync(file)
  t.regex(reason(t, file), /folder/)
})

test('a name with a null byte', (t) => {
  t.regex(thrownBy(() => nativeWorkers('/tmp/a\0.so')).message, /unexpected NUL byte/)
})

test('an empty file', (t) => {
  const file = pathOf(t)
  fs.writeFileSync(file, '')
  t.regex(reason(t, file), /not a shared library/)
})

test('a script of the linker', (t) => {
  const file = pathOf(t)
  fs.writeFileSync(file, 'GROUP ( /lib/libisothreads_library.so AS_NEEDED ( x ) )\n')
  t.regex(reason(t, file), /not a shared library/)
})

if (isLinux) {
  const terabytes = 4 * 2 ** 40

  test('a sparse file of terabytes is not read', async (t) => {
    const file = pathOf(t)
    fs.writeFileSync(file, '')
    fs.truncateSync(file, terabytes)
    await refusedByProcess(t, file, /not a shared library/)
  })

  test('a table of terabytes is not read', async (t) => {
    // The size of every section.
    const file = copy(t, (bytes) => {
      const [offset, size, count] = [Number(bytes.readBigUInt64LE(0x28)), bytes.readUInt16LE(0x3a), bytes.readUInt16LE(0x3c)]
      for (let i = 0; i < count; i++) bytes.writeBigUInt64LE(2n ** 41n, offset + i * size + 0x20)
    })
    fs.truncateSync(file, terabytes)
    await refusedByProcess(t, file, /damaged or truncated/)
  })

  test('a library that was truncated anywhere', async (t) => {
    const { size } = fs.statSync(library)
    for (const length of [1, 4, 63, 64, 200, 4096, size >> 1, size - 4096, size - 1]) {
      await refusedByProcess(t, copy(t, (bytes) => bytes.subarray(0, length)), /not a shared library|damaged or truncated|truncated/)
    }
  })

  test('a library whose segments lie behind the end of the file', async (t) => {
    // The size in the file of the first segment to be loaded.
    const file = copy(t, (bytes) => {
      const [offset, size, count] = [Number(bytes.readBigUInt64LE(0x20)), bytes.readUInt16LE(0x36), bytes.readUInt16LE(0x38)]
      for (let i = 0; i < count; i++) {
        const header = offset + i * size
        if (bytes.readUInt32LE(header) === 1) bytes.writeBigUInt64LE(2n ** 30n, header + 0x20)
      }
    })
    await refusedByProcess(t, file, /truncated/)
  })

  test('a library of another processor, of 32 bits, of the other byte order', (t) => {
    t.regex(reason(t, copy(t, (bytes) => { bytes.writeUInt16LE(process.arch === 'arm64' ? 62 : 183, 0x12) })), /a processor other than/)
    t.regex(reason(t, copy(t, (bytes) => { bytes[4] = 1 })), /32-bit/)
    t.regex(reason(t, copy(t, (bytes) => { bytes[5] = 2 })), /a processor other than/)
  })

  test('a program, and an object file', (t) => {
    t.regex(reason(t, copy(t, (bytes) => { bytes.writeUInt16LE(2, 0x10) })), /cdylib/)
    t.regex(reason(t, copy(t, (bytes) => { bytes.writeUInt16LE(1, 0x10) })), /cdylib/)
    const file = pathOf(t)
    fs.symlinkSync(process.execPath, file)
    t.truthy(reason(t, file))
  })

  test('a library that only imports the entry, or has it as a local name', (t) => {
    const directory = folder(t)
    for (const source of [
      'extern void *isothreads_library(void); void *f(void) { return isothreads_library(); }',
      'static void *isothreads_library(void) { return 0; } void *f(void) { return isothreads_library(); }',
      'const char *f(void) { return "isothreads_library"; }',
      'void *isothreads_library_2(void) { return 0; }'
    ]) {
      const file = path.join(directory, libraryFile(`x${source.length}`))
      fs.writeFileSync(path.join(directory, 'x.c'), source)
      execFileSync('cc', ['-shared', '-fPIC', '-o', file, path.join(directory, 'x.c')])
      t.regex(reason(t, file), /isothreads_library is not exported/)
    }
  })

  test('the message of the loader about a missing dependency is passed on', (t) => {
    const directory = folder(t)
    const compile = (name, ...more) => {
      const file = path.join(directory, libraryFile(name))
      fs.writeFileSync(path.join(directory, 'x.c'), `void *${name === 'x' ? 'isothreads_library' : 'other'}(void) { return 0; }`)
      execFileSync('cc', ['-shared', '-fPIC', '-o', file, path.join(directory, 'x.c'), ...more])
      return file
    }
    const dependency = compile('gone')
    const file = compile('x', '-Wl,--no-as-needed', dependency)
    fs.rmSync(dependency)
    t.regex(reason(t, file), /gone\.so/)
  })
}

test('the library itself is loaded from a copy, through links', (t) => {
  const file = pathOf(t)
  fs.symlinkSync(library, file)
  t.deepEqual(nativeWorkers(file).map(({ name }) => name), nativeWorkers(library).map(({ name }) => name))
})
