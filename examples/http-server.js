'use strict'

// A server that stays responsive while it computes:
//
//   node examples/http-server.js
//   curl http://localhost:3000/health
//   curl http://localhost:3000/fib/34
//
// After Ctrl-C or SIGTERM it finishes running requests. With --no-pool it computes on the server's thread. --measure shows the difference.

const http = require('node:http')
const os = require('node:os')
const path = require('node:path')
// In your own program: require('isothreads')
const { WorkerPool } = require('..')
const { readArguments } = require('./arguments')
const fib = require('./fib')

const usage = `Usage: node examples/http-server.js [options]

  --port N         where to listen; 0 is any port that is free (default: 3000)
  --threads N      how many workers compute (default: one for each processor)
  --max-queue N    how many requests may wait for a worker (default: 100)
  --no-pool        compute on the thread that serves
  --measure        measure a server with a pool, and one without
  --seconds N      how long each of them is measured (default: 5)`

const largest = 45

function main () {
  const options = readArguments(usage, {
    port: { type: 'string', default: '3000', range: [0, 65535] },
    threads: { type: 'string', default: String(os.availableParallelism()), range: [1, 256] },
    'max-queue': { type: 'string', default: '100', range: [1, 1e6] },
    'no-pool': { type: 'boolean', default: false },
    measure: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '5', range: [1, 3600] }
  })
  if (options.measure) require('./http-measure').measure(options)
  else serve(options)
}

function serve ({ port, threads, 'max-queue': maxQueue, 'no-pool': noPool }) {
  const pool = noPool ? undefined : new WorkerPool({ filename: path.join(__dirname, 'fib.js'), maxThreads: threads, maxQueue })
  const compute = noPool ? fib : (n, signal) => pool.exec(n, { signal })

  const server = http.createServer(async (request, response) => {
    // If the client disconnects, its task is aborted.
    const controller = new AbortController()
    response.once('close', () => controller.abort())
    const [status, body] = await answer(request.url, (n) => compute(n, controller.signal))
    // An open connection would keep the server from closing.
    if (!server.listening) response.setHeader('Connection', 'close')
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
  })
  server.listen(port, () => console.log(`http://localhost:${server.address().port}`))
  server.once('error', (error) => {
    console.error(error.message)
    process.exitCode = 1
  })

  // Finishes running requests first. A second signal ends the process at once.
  const signals = ['SIGINT', 'SIGTERM']
  const stop = () => {
    for (const signal of signals) process.off(signal, stop)
    server.close(() => pool?.close())
  }
  for (const signal of signals) process.on(signal, stop)
}

async function answer (url, compute) {
  if (url === '/health') return [200, { status: 'ok' }]
  const [, digits] = /^\/fib\/(\d{1,2})$/.exec(url) ?? []
  if (digits === undefined || digits > largest) return [404, { error: `Available: /health, and /fib/0 to /fib/${largest}` }]
  try {
    const n = Number(digits)
    return [200, { n, fib: await compute(n) }]
  } catch (error) {
    if (error.code === 'ERR_ISOTHREADS_QUEUE_FULL') return [503, { error: 'Too many requests are waiting' }]
    console.error(`${url}: ${error.message}`)
    return [500, { error: 'The computation failed' }]
  }
}

main()
