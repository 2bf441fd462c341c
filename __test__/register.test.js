'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const test = require('ava')
const { runNode, endsCleanly } = require('./run-process')

const folder = path.join(__dirname, 'fixtures', 'register')
const cli = path.join(__dirname, '..', 'lib', 'cli', 'main.js')

/** The ways to an entry whose worker_threads are this package's. */
const ways = {
  'node --require isothreads/register': ['--require', 'isothreads/register'],
  'node --import isothreads/register': ['--import', 'isothreads/register'],
  isothreads: [cli]
}

// The loader's own warnings do not matter here.
const run = (...args) => runNode(['--no-deprecation', ...args], { cwd: folder })

const contexts = [
  'main', 'CommonJS', 'ES module', 'eval', 'data: URL', 'nested CommonJS', 'nested ES module', 'nested eval', 'nested data: URL'
]

/** Asserts that nothing but this package was found, wherever it was looked for. */
function foundOnlyThisPackage (t, { code, stdout, stderr }, expectedContexts = contexts) {
  t.is(stderr, '')
  t.is(code, 0)
  const found = JSON.parse(stdout)
  t.deepEqual(Object.keys(found).sort(), [...expectedContexts].sort())
  for (const context of expectedContexts) {
    for (const [place, differences] of Object.entries(found[context])) t.deepEqual(differences, [], `${context}: ${place}`)
  }
}

test.beforeEach((t) => t.timeout(120_000))

for (const [name, way] of Object.entries(ways)) {
  for (const entry of ['main.js', 'main.mjs']) {
    test.serial(`${name} ${entry}: worker_threads means this package, in the process and all its workers`, async (t) => {
      foundOnlyThisPackage(t, await run(...way, entry))
    })
  }

  test.serial(`${name}: the global channels, ports and structuredClone work with worker_threads`, async (t) => {
    const { code, stdout, stderr } = await run(...way, 'ports.js')
    t.is(stderr, '')
    t.is(code, 0)
    const expected = { message: 'through a port that structuredClone moved', isPort: true }
    t.deepEqual(JSON.parse(stdout), [expected, { ...expected, isReceivedPort: true, isParentPort: true }])
  })

  for (const thread of ['main', 'worker']) {
    test.serial(`${name}: module.register works, ${thread === 'main' ? 'in the main thread' : 'also in a worker'}`, async (t) => {
      endsCleanly(t, await run(...way, 'hooks.mjs', thread), { stdout: 'from the hooks\n' })
    })
  }

  test.serial(`${name}: the globals look like Node's, before and after the first read, in the process and in a worker`, async (t) => {
    const node = JSON.parse((await run('globals.js')).stdout)
    t.deepEqual(Object.keys(node), ['main', 'worker'])
    const { stdout, stderr } = await run(...way, 'globals.js')
    t.is(stderr, '')
    t.deepEqual(JSON.parse(stdout), node)
  })

  test.serial(`${name}: nothing that Node offers gets lost`, async (t) => {
    const node = JSON.parse((await run('shape.js')).stdout)
    const { stdout, stderr } = await run(...way, 'shape.js')
    t.is(stderr, '')
    t.deepEqual(JSON.parse(stdout), node)
  })
}

test.serial('without the register the process keeps Node\'s own worker_threads, and this package\'s workers have this package\'s', async (t) => {
  const { code, stdout, stderr } = await run('main.js', 'isothreads')
  t.is(stderr, '')
  t.is(code, 0)
  const { main, ...workers } = JSON.parse(stdout)
  for (const [place, differences] of Object.entries(main)) {
    const isOurs = place === "import('isothreads')"
    t.is(differences.includes('Worker') || differences.includes('MessageChannel'), !isOurs, place)
  }
  foundOnlyThisPackage(t, { code, stderr, stdout: JSON.stringify(workers) }, contexts.slice(1))
})

test.serial('the register may be the first line of the program', async (t) => {
  foundOnlyThisPackage(t, await run('late.js'))
})

test.serial('an import from before the register means this package after it', async (t) => {
  endsCleanly(t, await run('late.mjs'), { stdout: 'true\n' })
})

test.serial('registering twice is registering once', async (t) => {
  foundOnlyThisPackage(t, await run('--require', 'isothreads/register', '--import', 'isothreads/register', 'main.js'))
})

test.serial('NODE_OPTIONS takes the register to child processes', async (t) => {
  const program = "require('child_process').fork('./main.js').on('exit', (code) => { process.exitCode = code })"
  const result = await runNode(['-e', program], { cwd: folder, env: { NODE_OPTIONS: '--require isothreads/register' } })
  foundOnlyThisPackage(t, result)
})

test.serial('an installed package is found by its name', async (t) => {
  const application = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-register-')))
  t.teardown(() => fs.rmSync(application, { recursive: true, force: true }))
  fs.mkdirSync(path.join(application, 'node_modules'))
  fs.symlinkSync(path.join(__dirname, '..'), path.join(application, 'node_modules', 'isothreads'), 'junction')
  fs.writeFileSync(path.join(application, 'main.mjs'), `
    import { Worker } from 'isothreads'
    import { Worker as registered } from 'worker_threads'
    console.log(Worker === registered)
  `)
  for (const option of ['--require', '--import']) {
    endsCleanly(t, await runNode([option, 'isothreads/register', 'main.mjs'], { cwd: application }), { stdout: 'true\n' })
  }
})

test.serial('new MessageEvent() takes ports of this package, and Node\'s, in the process and in a worker', async (t) => {
  const code = `
    const { MessageChannel, Worker, isMainThread } = require('node:worker_threads')
    const { port1, port2 } = new MessageChannel()
    const event = new MessageEvent('message', { data: 1, source: port1, ports: [port1, port2] })
    const refused = init => { try { new MessageEvent('message', init) } catch ({ name }) { return name } }
    console.log(JSON.stringify([
      event.data, event.source === port1, event.ports.length, event.ports[1] === port2, event instanceof MessageEvent,
      new MessageEvent('message').source, refused({ source: {} }), refused({ ports: [1] })
    ]))
    port2.onmessage = event => {
      console.log(event instanceof MessageEvent)
      port1.close()
      if (isMainThread) new Worker(process.env.CODE, { eval: true })
    }
    port1.postMessage(1)
  `
  const { stdout, stderr } = await runNode(['--require', 'isothreads/register', '-e', code], { cwd: folder, env: { CODE: code } })
  t.is(stderr, '')
  const expected = '[1,true,2,true,true,null,"TypeError","TypeError"]\ntrue\n'
  t.is(stdout, expected + expected)
})
