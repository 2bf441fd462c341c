'use strict'

const { once } = require('node:events')
const { Readable, Writable } = require('node:stream')
const { text, buffer } = require('node:stream/consumers')
const test = require('ava')
const { bounded, beyondNode, isPeer, packageRoot, startWorker, nextMessage, eventsUntilExit, settled } = require('./helpers')
const { runNode, endsCleanly } = require('./run-process')

const it = bounded(test)
const beyond = beyondNode(test)

const megabyte = 2 ** 20

/** Runs code as a separate program, with `Worker` in scope. */
function runProgram (code) {
  return runNode(['-e', `const { Worker } = require(${JSON.stringify(isPeer ? 'worker_threads' : packageRoot)}); ${code}`])
}

/** A program that starts one worker with this code. */
const workerProgram = (code, options = {}) => `new Worker(${JSON.stringify(code)}, ${JSON.stringify({ eval: true, ...options })});`

it('console.log and console.error come out through the parent\'s streams', async (t) => {
  t.deepEqual(await runProgram(workerProgram(`
    for (let line = 0; line < 3; line++) {
      console.log('out', line)
      console.error('err', line)
    }
  `)), { code: 0, signal: null, hung: false, stdout: 'out 0\nout 1\nout 2\n', stderr: 'err 0\nerr 1\nerr 2\n' })
})

it('a worker\'s output passes through a replaced process.stdout.write of its parent', async (t) => {
  const { stdout } = await runProgram(`
    const { write } = process.stdout
    process.stdout.write = function (chunk, ...rest) { return write.call(this, String(chunk).toUpperCase(), ...rest) }
    ${workerProgram("console.log('text')")}
  `)
  t.is(stdout, 'TEXT\n')
})

for (const [name, other] of [['stdout', 'stderr'], ['stderr', 'stdout']]) {
  it(`with ${name}: true the output is only in worker.${name}`, async (t) => {
    const result = await runProgram(`
      const worker = new Worker("process.stdout.write('to stdout'); process.stderr.write('to stderr')", { eval: true, ${name}: true })
      let read = ''
      worker.${name}.setEncoding('utf8').on('data', (chunk) => { read += chunk })
      worker.on('exit', () => setImmediate(() => process.${other}.write(', read: ' + read)))
    `)
    t.deepEqual(result, { code: 0, signal: null, hung: false, [name]: '', [other]: `to ${other}, read: to ${name}` })
  })
}

it('worker.stdout and worker.stderr are readable, worker.stdin writable or null', async (t) => {
  const withStdin = startWorker(t, 'process.stdin.resume()', { stdin: true })
  const without = startWorker(t, '')
  for (const worker of [withStdin, without]) {
    t.true(worker.stdout instanceof Readable)
    t.true(worker.stderr instanceof Readable)
    t.is(worker.stdout, worker.stdout)
  }
  t.true(withStdin.stdin instanceof Writable)
  t.is(without.stdin, null)
  withStdin.stdin.end()
  await Promise.all([once(withStdin, 'exit'), once(without, 'exit')])
})

it('in the worker they are streams that are no terminals', async (t) => {
  const worker = startWorker(t, `
    const { Readable, Writable } = require('stream')
    require('worker_threads').parentPort.postMessage([
      process.stdin instanceof Readable, process.stdout instanceof Writable, process.stderr instanceof Writable,
      ...[process.stdin, process.stdout, process.stderr].flatMap((stream) => [stream.isTTY, stream.fd, stream.columns]),
      process.stdout === process.stdout, console._stdout === process.stdout
    ])
  `)
  t.deepEqual(await nextMessage(worker), [true, true, true, ...Array(9).fill(undefined), true, true])
})

it('the callbacks of writes come once each and in order, then finish', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    const called = []
    for (let n = 0; n < 5; n++) process.stdout.write('line ' + n + '\\n', (error) => called.push([n, error ?? null]))
    called.push('nothing yet')
    process.stdout.end('the end', () => parentPort.postMessage(called))
  `, { stdout: true })
  const [output, called] = await Promise.all([text(worker.stdout), nextMessage(worker)])
  t.is(output, 'line 0\nline 1\nline 2\nline 3\nline 4\nthe end')
  t.deepEqual(called, ['nothing yet', [0, null], [1, null], [2, null], [3, null], [4, null]])
})

it('process.stdout.end() ends worker.stdout while the worker goes on', async (t) => {
  const worker = startWorker(t, `
    process.stdout.end('all there is')
    require('worker_threads').parentPort.once('message', () => {})
  `, { stdout: true })
  t.is(await text(worker.stdout), 'all there is')
  worker.postMessage('end')
  t.is((await once(worker, 'exit'))[0], 0)
})

// 16 bytes a line.
const lineCount = megabyte / 16
const lines = Array.from({ length: lineCount }, (_, n) => `${String(n).padStart(15, '.')}\n`).join('')
const writeLines = {
  'in one piece': `process.stdout.write(Array.from({ length: ${lineCount} }, (_, n) => String(n).padStart(15, '.') + '\\n').join(''))`,
  'line by line': `for (let n = 0; n < ${lineCount}; n++) process.stdout.write(String(n).padStart(15, '.') + '\\n')`
}

for (const [ending, code, exitCode] of [
  ['a natural end', '', 0],
  ['process.exit()', 'process.exit(3)', 3],
  ['process.exit() in a later task', 'setImmediate(() => process.exit(3))', 3],
  ['an uncaught error', "throw new Error('after the output')", 1]
]) {
  for (const [how, write] of Object.entries(writeLines)) {
    it(`1 MB written ${how} is there whole and in order at the exit by ${ending}`, async (t) => {
      const worker = startWorker(t, `${write}; ${code}`, { stdout: true })
      let output = ''
      let lengthAtError
      worker.stdout.setEncoding('latin1').on('data', (chunk) => { output += chunk })
      worker.on('error', () => { lengthAtError = output.length })
      t.is(await new Promise((resolve) => worker.on('exit', resolve)), exitCode)
      t.is(output.length, megabyte)
      t.true(output === lines)
      // Node may report the error before the rest of the output.
      if (exitCode === 1 && !isPeer) t.is(lengthAtError, megabyte)
    })
  }

  it(`1 MB reaches a pipe of the process whole and in order, at the exit by ${ending}`, async (t) => {
    const { stdout } = await runProgram(`
      new Worker(${JSON.stringify(`${writeLines['line by line']}; ${code}`)}, { eval: true }).on('error', () => {})
    `)
    t.is(stdout.length, megabyte)
    t.true(stdout === lines)
  })
}

it('output from an exit listener arrives', async (t) => {
  const worker = startWorker(t, "process.on('exit', () => { console.log('leaving'); process.exit() })", { stdout: true })
  t.is(await text(worker.stdout), 'leaving\n')
})

it('what was written before terminate arrives', async (t) => {
  const worker = startWorker(t, `
    process.stdout.write('written, ')
    require('worker_threads').parentPort.postMessage('busy')
    while (true);
  `, { stdout: true })
  const output = text(worker.stdout)
  await nextMessage(worker)
  await worker.terminate()
  t.is(await output, 'written, ')
})

it('bytes that are no text, characters cut in two and every encoding arrive as they are', async (t) => {
  const worker = startWorker(t, `
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    process.stdout.write(bytes)
    process.stdout.write(new Uint8Array([0, 255]))
    for (const byte of Buffer.from('✓')) process.stdout.write(Buffer.of(byte))
    process.stdout.write('✓')
    process.stdout.write('ff00', 'hex')
    process.stdout.write('/wA=', 'base64')
    process.stdout.write('ÿ', 'latin1')
    process.stdout.write('ÿ', 'utf16le')
  `, { stdout: true })
  const expected = [...Array(256).keys(), 0, 255, ...Buffer.from('✓✓'), 255, 0, 255, 0, 255, 255, 0]
  t.deepEqual([...await buffer(worker.stdout)], expected)
})

it('output that nobody reads does not hold the worker, and is there after its exit', async (t) => {
  const worker = startWorker(t, "process.stdout.write('unread')", { stdout: true })
  t.deepEqual(await eventsUntilExit(worker), [['online'], ['exit', 0]])
  t.is(await text(worker.stdout), 'unread')
})

it('a write that the parent has no room for ends when it is read', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    parentPort.postMessage(process.stdout.write('x'.repeat(${megabyte}), () => parentPort.postMessage('read')))
    process.stdout.on('drain', () => parentPort.postMessage('drain'))
    parentPort.on('message', (message) => parentPort.postMessage(message))
    parentPort.once('message', () => parentPort.unref())
  `, { stdout: true })
  const messages = []
  worker.on('message', (message) => messages.push(message))
  await once(worker, 'message')
  for (let turn = 0; turn < 3; turn++) {
    worker.postMessage(turn)
    await once(worker, 'message')
    await settled()
  }
  t.deepEqual(messages, [false, 0, 1, 2])
  t.is((await text(worker.stdout)).length, megabyte)
  t.deepEqual(messages.slice(4), ['drain', 'read'])
})

it('a worker that writes does not wait for a blocked parent', (t) => {
  const cells = new Int32Array(new SharedArrayBuffer(4))
  startWorker(t, `
    for (let n = 0; n < 100; n++) process.stdout.write('x'.repeat(10_000))
    Atomics.store(require('worker_threads').workerData, 0, 1)
    Atomics.notify(require('worker_threads').workerData, 0)
  `, { workerData: cells, stdout: true })
  t.not(Atomics.wait(cells, 0, 0, 30_000), 'timed-out')
})

it('the output of a worker\'s worker goes through the worker', async (t) => {
  const worker = startWorker(t, `
    const { Worker } = require('worker_threads')
    new Worker("console.log('from the grandchild')", { eval: true })
    new Worker("console.log('kept by the child')", { eval: true, stdout: true })
  `, { stdout: true })
  t.is(await text(worker.stdout), 'from the grandchild\n')
})

it('the output of 20 workers raises no warning and leaves no listener behind', async (t) => {
  const { stdout, stderr } = await runProgram(`
    const count = () => [process.stdout, process.stderr].map((stream) => stream.eventNames().reduce((sum, name) => sum + stream.listenerCount(name), 0))
    let running = 20
    process.stdout
    process.stderr
    const before = count()
    for (let n = 0; n < 20; n++) {
      new Worker("console.log('out'); console.error('err')", { eval: true }).on('exit', () => {
        if (--running === 0) setImmediate(() => console.log(JSON.stringify([before, count()])))
      })
    }
  `)
  const printed = stdout.split('\n')
  t.deepEqual(printed.slice(0, 20), Array(20).fill('out'))
  t.is(stderr, 'err\n'.repeat(20))
  const [before, after] = JSON.parse(printed[20])
  t.deepEqual(after, before)
})

it('what is piped into stdin is read whole, and its end ends the worker', async (t) => {
  const worker = startWorker(t, 'process.stdin.pipe(process.stdout)', { stdin: true, stdout: true })
  Readable.from([lines.slice(0, 100), lines.slice(100)]).pipe(worker.stdin)
  const [output, [code]] = await Promise.all([text(worker.stdout), once(worker, 'exit')])
  t.true(output === lines)
  t.is(code, 0)
})

it('stdin written before the worker is there is kept, and callbacks come in order', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    let read = ''
    process.stdin.setEncoding('utf8').on('data', (chunk) => { read += chunk }).on('end', () => parentPort.postMessage(read))
  `, { stdin: true })
  const called = []
  for (const chunk of ['a✓', Buffer.from('b'), 'c']) worker.stdin.write(chunk, () => called.push(String(chunk)))
  worker.stdin.end('d')
  t.is(await nextMessage(worker), 'a✓bcd')
  t.deepEqual(called, ['a✓', 'b', 'c'])
})

it('readline reads stdin line by line', async (t) => {
  const worker = startWorker(t, `
    const lines = []
    require('readline').createInterface({ input: process.stdin }).on('line', (line) => lines.push(line))
      .on('close', () => require('worker_threads').parentPort.postMessage(lines))
  `, { stdin: true })
  worker.stdin.write('first\nsec')
  worker.stdin.end('ond\nthird')
  t.deepEqual(await nextMessage(worker), ['first', 'second', 'third'])
})

it('a worker that waits on its stdin lives until stdin ends', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    process.stdin.on('data', (chunk) => parentPort.postMessage(String(chunk)))
    parentPort.postMessage('waiting')
  `, { stdin: true })
  t.is(await nextMessage(worker), 'waiting')
  for (const chunk of ['one', 'two', 'three']) {
    await settled()
    worker.stdin.write(chunk)
    t.is(await nextMessage(worker), chunk)
  }
  worker.stdin.end()
  t.is((await once(worker, 'exit'))[0], 0)
})

it('a worker that does not read its stdin ends, though stdin does not', async (t) => {
  const worker = startWorker(t, '', { stdin: true })
  t.deepEqual(await eventsUntilExit(worker), [['online'], ['exit', 0]])
  worker.stdin.write('never read')
  worker.stdin.end()
})

beyond('Node\'s worker then never ends', 'a worker ends without having read what there is in its stdin', async (t) => {
  const worker = startWorker(t, '', { stdin: true })
  worker.stdin.write('never read')
  t.deepEqual(await eventsUntilExit(worker), [['online'], ['exit', 0]])
})

it('without stdin: true the worker\'s stdin is at its end', async (t) => {
  const worker = startWorker(t, "process.stdin.on('end', () => require('worker_threads').parentPort.postMessage('end')).resume()")
  t.is(await nextMessage(worker), 'end')
  endsCleanly(t, await runProgram(workerProgram("process.stdin.on('data', () => console.log('data')).on('end', () => console.log('end'))")),
    { stdout: 'end\n' })
})
