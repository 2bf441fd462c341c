'use strict'

// module.register() gives ports to the thread of module hooks, which is one of Node's own. With ISOTHREADS_TEST_PEER=node the same programs run without the register.

const path = require('node:path')
const test = require('ava')
const { bounded, isPeer, packageRoot } = require('./helpers')
const { runNode } = require('./run-process')

const it = bounded(test)
const register = path.join(packageRoot, 'register.js')
const hooks = JSON.stringify(require('node:url').pathToFileURL(path.join(__dirname, 'fixtures', 'module-register', 'hooks.mjs')).href)

const prelude = `
  const { register } = require('node:module')
  const { MessageChannel, receiveMessageOnPort, Worker } = require('node:worker_threads')
  const { once } = require('node:events')
  const { inspect } = require('node:util')
  const { port1, port2 } = new MessageChannel()
  const hand = (steps) => register(${hooks}, 'data:', { data: { port: port2, steps }, transferList: [port2] })
`

async function prints (t, source, stdout) {
  const ours = isPeer ? [] : ['--require', register]
  // In Node 26 the function itself is deprecated.
  const result = await runNode(['--no-deprecation', ...ours, '-e', `${prelude};(async () => { ${source} })()`], { timeout: 60_000 })
  t.is(result.stdout, stdout, result.stderr)
  t.is(result.stderr, '')
  t.is(result.code, 0)
  t.false(result.hung)
}

it('messages go both ways, in the order posted, and the end of one port is the end of the other', (t) => prints(t, `
  hand([])
  for (let i = 0; i < 100; i++) port1.postMessage(i)
  const echoes = []
  port1.on('message', ({ echo }) => {
    if (echoes.push(echo) === 100) port1.postMessage('end')
  })
  await once(port1, 'close')
  console.log(echoes.join() === [...Array(100).keys()].join())
`, 'true\n'))

it('the port is gone, as one that was transferred', (t) => prints(t, `
  hand([])
  console.log(port2.postMessage(1))
  try { port1.postMessage(0, [port2]) } catch (error) { console.log(error.name, error.message) }
  port1.close()
`, 'undefined\nDataCloneError MessagePort in transfer list is already detached\n'))

it('what was posted before is there when the hooks begin', (t) => prints(t, `
  port1.postMessage('posted before')
  hand(['queued'])
  console.log(receiveMessageOnPort(port1).message)
  port1.close()
`, '{ queued: \'posted before\' }\n'))

it('what the hooks have posted can be read at once', (t) => prints(t, `
  port1.postMessage('first')
  hand(['queued'])
  console.log(receiveMessageOnPort(port1).message.queued, receiveMessageOnPort(port1))
  port1.close()
`, 'first undefined\n'))

it('what is posted before a module is asked for reaches the hooks before that', (t) => prints(t, `
  register('data:text/javascript,' + encodeURIComponent(\`
    let last
    export const initialize = ({ port }) => { port.on('message', message => { last = message }) }
    export const load = (url, context, next) => url === 'last:' ? { format: 'module', shortCircuit: true, source: 'export default ' + JSON.stringify(last) } : next(url, context)
    export const resolve = (specifier, context, next) => specifier === 'last:' ? { url: 'last:', shortCircuit: true } : next(specifier, context)
  \`), 'data:', { data: { port: port2 }, transferList: [port2] })
  port1.postMessage('posted')
  console.log((await import('last:')).default)
  port1.close()
`, 'posted\n'))

it('ports in messages, both ways', (t) => prints(t, `
  hand(['port'])
  const [{ port }] = await once(port1, 'message')
  port.postMessage({ deep: [new Map([[1, new Set([2n])]])] })
  console.log(inspect((await once(port1, 'message'))[0], { depth: 5, compact: 9, breakLength: Infinity }))
  const other = new MessageChannel()
  port1.postMessage({ port: other.port2 }, [other.port2])
  console.log(...await once(other.port1, 'message'))
  other.port1.close()
  port1.close()
`, '{ answered: { deep: [ Map(1) { 1 => Set(1) { 2n } } ] } }\nthrough a port in a message\n'))

it('the options may come second; the port may be anywhere in the data, with buffers beside it', (t) => prints(t, `
  const buffer = new ArrayBuffer(8)
  const data = { nested: [{ port: port2, steps: ['queued'], buffer }], self: null }
  data.self = data
  register(${hooks}, { parentURL: 'data:', data, transferList: [port2, buffer] })
  console.log(buffer.byteLength, (await once(port1, 'message'))[0])
  port1.close()
`, '0 { queued: undefined }\n'))

it('when the data is refused nothing was transferred', (t) => prints(t, `
  try { register(${hooks}, 'data:', { data: { port: port2, f () {} }, transferList: [port2] }) } catch (error) { console.log(error.name) }
  try { register(${hooks}, 'data:', { data: { port: port2 }, transferList: [port2, port2] }) } catch (error) { console.log(error.name) }
  port1.postMessage('still here')
  console.log(receiveMessageOnPort(port2).message)
  port1.close()
`, 'DataCloneError\nDataCloneError\nstill here\n'))

it('a port does not keep the process alive by itself, a listener does', (t) => prints(t, `
  hand([])
  port1.on('message', ({ echo }) => { console.log(echo); port1.unref() })
  port1.postMessage('answered')
`, 'answered\n'))

it('in a worker', (t) => prints(t, `
  const worker = new Worker(${JSON.stringify(`${prelude}
    hand(['queued'])
    port1.on('message', message => { console.log(message); port1.close() })
  `)}, { eval: true })
  console.log(...await once(worker, 'exit'))
`, '{ queued: undefined }\n0\n'))

it('an ES module that imports register in a worker', (t) => prints(t, `
  const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(\`
    import { register } from 'node:module'
    import { MessageChannel } from 'node:worker_threads'
    const { port1, port2 } = new MessageChannel()
    register(${hooks}, 'data:', { data: { port: port2, steps: ['queued'] }, transferList: [port2] })
    port1.on('message', message => { console.log(message); port1.close() })
  \`)))
  console.log(...await once(worker, 'exit'))
`, '{ queued: undefined }\n0\n'))
