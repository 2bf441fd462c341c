'use strict'

const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const avaTest = require('ava')
const { PNG } = require('pngjs')
const { bounded, isPeer, nodeMajor, packageRoot } = require('./helpers')
const { runNode, endsCleanly } = require('./run-process')

const test = isPeer ? () => {} : bounded(avaTest)
if (isPeer) avaTest('worker_threads has no pool', (t) => t.pass())

const example = (name) => path.join(packageRoot, 'examples', name)

function temporaryFolder (t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-examples-'))
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }))
  return folder
}

if (nodeMajor >= 22) {
  test('untrusted: says what became of each rule', async (t) => {
    const { stdout, stderr, ...result } = await runNode([example('untrusted.js')])
    t.deepEqual(result, { code: 0, signal: null, hung: false }, stderr)
    t.deepEqual(stdout.trim().split('\n'), [
      'a discount: 45 (exit)',
      'an endless loop: ERR_ISOTHREADS_CPU_TIME_LIMIT (cpu-time)',
      'a heap that grows: ERR_WORKER_OUT_OF_MEMORY (heap)',
      'a look at the files: ERR_ISOTHREADS_LEAN_UNSUPPORTED (error)'
    ])
  })
}

test('mandelbrot: writes a picture, the same one with 1 thread and with 2', async (t) => {
  const folder = temporaryFolder(t)
  const pictures = []
  for (const threads of ['1', '2']) {
    const output = path.join(folder, `${threads}.png`)
    // The last band has fewer rows than the others.
    const { stdout, stderr, ...result } = await runNode([example('mandelbrot.js'), '--width', '60', '--height', '75', '--threads', threads, '--output', output])
    t.deepEqual(result, { code: 0, signal: null, hung: false })
    t.regex(stdout, new RegExp(`60 x 75 pixels\n${threads} threads?: \\d+\\.\\d\\d s\n$`))
    t.is(stderr, '')
    pictures.push(PNG.sync.read(fs.readFileSync(output)))
  }
  const [{ width, height, data }, second] = pictures
  t.deepEqual([width, height], [60, 75])
  t.true(data.equals(second.data))
  t.true(distinctColours(data) > 1000, `${distinctColours(data)}`)
})

// Each pixel has four bytes, the last of which is its opacity.
const distinctColours = (data) => new Set(Array.from({ length: data.length / 4 }, (_, index) => data.readUIntBE(4 * index, 3))).size

test('mandelbrot: draws exactly the points in the set in black', (t) => {
  const renderBand = require(example('mandelbrot-worker.js'))
  const moved = []
  const { top, rows, buffer } = renderBand(
    { view: { x: -0.7, y: 0, height: 2.5 }, width: 25, height: 25, top: 12, rows: 1 },
    { move (object) { moved.push(object); return object } }
  )
  t.deepEqual([top, rows, moved], [12, 1, [buffer]])
  const row = Buffer.from(buffer).toString('hex').match(/.{6}/g)
  t.is(row.length, 25)
  // From 0.25, the cusp, on the right it is outside; the middle of the picture is inside.
  t.is(row[12], '000000')
  t.not(row[0], '000000')
  t.not(row[24], '000000')
})

test('mandelbrot: --compare draws it once more with one thread', async (t) => {
  const output = path.join(temporaryFolder(t), 'a.png')
  const { code, stdout } = await runNode([example('mandelbrot.js'), '--width', '8', '--height', '40', '--threads', '2', '--output', output, '--compare'])
  t.is(code, 0)
  t.regex(stdout, /^2 threads: .* s\n1 thread: \S+ s, \S+ times as long\n$/m)
})

for (const [program, args, code, message] of [
  ['mandelbrot.js', ['--width', '0'], 2, "--width must be a whole number from 1 to 16384, not '0'"],
  ['mandelbrot.js', ['--height', '1e3'], 2, "--height must be a whole number from 1 to 16384, not '1e3'"],
  ['mandelbrot.js', ['--threads', ''], 2, "--threads must be a whole number from 1 to 256, not ''"],
  ['mandelbrot.js', ['--colour'], 2, "Unknown option '--colour'"],
  ['mandelbrot.js', ['a.png'], 2, "Unexpected argument 'a.png'"],
  ['mandelbrot.js', ['--output', path.join(__filename, 'a.png')], 1, 'ENOTDIR: not a directory'],
  ['http-server.js', ['--port', '65536'], 2, "--port must be a whole number from 0 to 65535, not '65536'"],
  ['http-server.js', ['--max-queue'], 2, "Option '--max-queue <value>' argument missing"]
]) {
  test(`${program} ${args.map((arg) => path.basename(arg)).join(' ')} is refused with ${code}`, async (t) => {
    const { stderr, ...result } = await runNode([example(program), ...args])
    t.deepEqual(result, { code, signal: null, hung: false, stdout: '' })
    t.true(stderr.startsWith(message), stderr)
    t.is(stderr.includes(`\nUsage: node examples/${program} `), code === 2)
  })
}

test('--help prints the usage of each', async (t) => {
  for (const program of ['mandelbrot.js', 'http-server.js']) {
    const { stdout, ...result } = await runNode([example(program), '--help'])
    endsCleanly(t, { ...result, stdout: '' })
    t.true(stdout.startsWith(`Usage: node examples/${program} [options]\n`))
  }
})

/** The server example, which ends with its test. */
async function startServer (t, ...args) {
  const child = spawn(process.execPath, [example('http-server.js'), '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: undefined }
  })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const errors = child.stderr.setEncoding('utf8')
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
  t.regex(line, /^http:\/\/localhost:\d+\n$/)
  return { child, exited, errors, origin: line.trim() }
}

/** A request that the server has begun to answer when `begun()` resolves. */
function ask (url, agent) {
  const request = http.get(url, { agent, headers: { Expect: '100-continue' } })
  const answer = once(request, 'response').then(async ([response]) => [response.statusCode, JSON.parse((await response.toArray()).join(''))])
  return { request, answer, begun: () => once(request, 'continue') }
}

for (const [args, signal] of [[['--threads', '2'], 'SIGINT'], [['--threads', '2'], 'SIGTERM'], [['--no-pool'], 'SIGINT'], [['--no-pool'], 'SIGTERM']]) {
  test(`http-server ${args.join(' ')}: answers, and ends with ${signal} when all is answered`, async (t) => {
    const { child, exited, origin } = await startServer(t, ...args)
    // It does not close its connection: the server does.
    const agent = new http.Agent({ keepAlive: true })
    t.teardown(() => agent.destroy())
    t.deepEqual(await ask(`${origin}/health`, agent).answer, [200, { status: 'ok' }])
    t.deepEqual(await ask(`${origin}/fib/25`, agent).answer, [200, { n: 25, fib: 75025 }])
    for (const route of ['/', '/fib/46', '/fib/-1', '/fib/1.5', '/fib/']) t.is((await ask(origin + route, agent).answer)[0], 404)
    const last = ask(`${origin}/fib/32`, agent)
    await last.begun()
    child.kill(signal)
    t.deepEqual(await last.answer, [200, { n: 32, fib: 2178309 }])
    t.deepEqual(await exited, [0, null])
  })
}

for (const [first, second] of [['SIGINT', 'SIGTERM'], ['SIGTERM', 'SIGTERM']]) {
  test(`http-server: ${second} after ${first} ends it at once`, async (t) => {
    const { child, exited, origin } = await startServer(t, '--threads', '1')
    const { answer, begun } = ask(`${origin}/fib/45`)
    await begun()
    child.kill(first)
    // It has heard of the first signal when it takes no more connections.
    while (await ask(`${origin}/health`).answer.then(() => true, () => false));
    child.kill(second)
    t.deepEqual(await exited, [null, second])
    await t.throwsAsync(answer)
  })
}

test('http-server: the task of a client that disconnects is aborted', async (t) => {
  const { errors, origin } = await startServer(t, '--threads', '1')
  const { request, answer, begun } = ask(`${origin}/fib/45`)
  await begun()
  request.destroy()
  await t.throwsAsync(answer)
  t.deepEqual(await once(errors, 'data'), ['/fib/45: The task was aborted\n'])
  t.deepEqual(await ask(`${origin}/fib/10`).answer, [200, { n: 10, fib: 55 }])
})

test('http-server: one request more than may wait is refused with 503', async (t) => {
  const { origin } = await startServer(t, '--threads', '1', '--max-queue', '1')
  // One runs, one waits.
  const all = Array.from({ length: 3 }, () => ask(`${origin}/fib/45`))
  const answers = all.map(({ answer }) => answer)
  t.deepEqual(await Promise.race(answers), [503, { error: 'Too many requests are waiting' }])
  for (const { request } of all) request.destroy()
  await Promise.allSettled(answers)
})

test('http-server: a port in use is reported', async (t) => {
  const { origin } = await startServer(t)
  const { stderr, ...result } = await runNode([example('http-server.js'), '--port', new URL(origin).port])
  t.deepEqual(result, { code: 1, signal: null, hung: false, stdout: '' })
  t.regex(stderr, /^listen EADDRINUSE: address already in use [^\n]*\n$/)
})

test('http-server: --measure prints a line for each server', async (t) => {
  const { stdout, ...result } = await runNode([example('http-server.js'), '--measure', '--seconds', '1', '--threads', '2'])
  endsCleanly(t, { ...result, stdout: '' })
  const [, , heading, withPool, without] = stdout.split('\n')
  t.regex(heading, /median +99 % +slowest/)
  t.regex(withPool, /^pool of 2(?: +\d+\.\d ms){3} +\d+\.\d$/)
  t.regex(without, /^without a pool(?: +\d+\.\d ms){3} +\d+\.\d$/)
})

// Node 20 has no lean runtime.
if (nodeMajor >= 22) {
  test('sandbox: rules that misbehave are ended, each for its reason, and the others finish', async (t) => {
    // More processor time than by default, for slow builds on busy machines.
    const result = await runNode([example('sandbox.js'), '--orders', '20', '--rounds', '2', '--threads', '2', '--cpu', '2000'])
    endsCleanly(t, { ...result, stdout: '' })
    const outcomes = result.stdout.split('\n').filter((line) => line.includes(' calls, ')).map((line) => {
      const [customer] = line.split(' ')
      return [customer, /(\d+) calls, (?:total (\S+)|ended \(([\w-]+)\): (\w+):)/.exec(line).slice(1)]
    })
    t.deepEqual(outcomes, [
      ['acme', ['1', '1690.74', undefined, undefined]],
      ['bakery', ['0', '1635.00', undefined, undefined]],
      ['files', ['0', undefined, 'error', 'ERR_ISOTHREADS_LEAN_UNSUPPORTED']],
      ['guess', ['10', undefined, 'error', 'ERR_ISOTHREADS_TOO_MANY_HOST_CALLS']],
      ['loop', ['0', undefined, 'cpu-time', 'ERR_ISOTHREADS_CPU_TIME_LIMIT']],
      ['memory', ['0', undefined, 'heap', 'ERR_WORKER_OUT_OF_MEMORY']],
      ['sneak', ['0', undefined, 'error', 'ERR_ISOTHREADS_OUTSIDE_MODULE_ROOTS']],
      ['yen', ['1', '287469.00', undefined, undefined]]
    ])
    t.regex(result.stdout, /2 more rounds: 6 rules finished, 10 were ended\. /)
  })
}
