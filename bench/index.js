'use strict'

const { parseArgs } = require('node:util')
const { loadImplementations } = require('./lib/implementations')
const { measure } = require('./lib/sampling')
const { describeMachine, formatMachine, formatResult, formatVerdict } = require('./lib/report')

const BENCHMARKS = [
  require('./start'),
  require('./memory'),
  require('./roundtrip'),
  require('./throughput'),
  require('./transfer'),
  require('./pool'),
  require('./shared'),
  require('./native'),
  require('./lean')
]

const HELP = `Usage: npm run bench -- [name...] [--json] [--quick] [--long] [--ours MODULE]

Measures isothreads and Node's own Worker alternately, in the same run. Without a name: everything.

${BENCHMARKS.map(({ name, description }) => `  ${name.padEnd(11)} ${description}`).join('\n')}

  --json      one JSON document with every sample on standard output
  --long      lean: also 10,000 workers one after another, and 100,000 tasks, each in a worker of its own
  --quick     few rounds: a rough impression, not a measurement
  --ours M    measure module M instead of isothreads; node:worker_threads shows the noise of this machine
  --help      this text
`

async function main () {
  const { values: options, positionals: names } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      ours: { type: 'string' },
      help: { type: 'boolean', default: false }
    }
  })
  if (options.help) {
    process.stdout.write(HELP)
    return
  }
  const chosen = choose(names)
  const implementations = loadImplementations(options.ours)
  const machine = describeMachine()
  const print = (text) => { if (!options.json) process.stdout.write(`${text}\n\n`) }

  print(formatMachine(machine))
  const results = []
  for (const benchmark of chosen) {
    const result = await (benchmark.measure ?? measure)(benchmark, implementations, {
      quick: options.quick,
      long: options.long,
      onRound: (done, of) => showProgress(benchmark.name, done, of)
    })
    results.push(result)
    print((benchmark.format ?? formatResult)(result))
  }
  print(formatVerdict(results))
  if (options.json) {
    const document = { ...machine, ours: options.ours ?? 'isothreads', quick: options.quick, benchmarks: results }
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
  }
}

function choose (names) {
  if (names.length === 0) return BENCHMARKS
  return names.map((name) => {
    const benchmark = BENCHMARKS.find((candidate) => candidate.name === name)
    if (benchmark === undefined) {
      throw new RangeError(`Unknown benchmark '${name}'. Available: ${BENCHMARKS.map(({ name }) => name).join(', ')}`)
    }
    return benchmark
  })
}

function showProgress (name, done, of) {
  if (!process.stderr.isTTY) return
  process.stderr.write(done === of ? '\r\x1b[K' : `\r\x1b[K${name}: round ${done} of ${of}`)
}

main().catch((error) => {
  process.stderr.write(`${error instanceof RangeError ? error.message : error?.stack ?? error}\n`)
  process.exitCode = 1
})
