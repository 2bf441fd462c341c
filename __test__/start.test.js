'use strict'

const path = require('node:path')
const avaTest = require('ava')
const { bounded, isPeer, packageRoot } = require('./helpers')
const { runNode } = require('./run-process')
const { drawLatencies, summarize } = require('../scripts/start/latencies')

const test = isPeer ? () => {} : bounded(avaTest)
if (isPeer) avaTest('worker_threads has none of this', (t) => t.pass())

const program = path.join(packageRoot, 'scripts', 'start.js')
const number = '\\d+\\.\\d'
const title = (name) => `  ${name.padEnd(16)}`
const finished = `${'█'.repeat(20)} 100 % +${number} s  [▁▂▃▄▅▆▇█]{1,24}`
const summary = `${title('')}late by ${number} ms in the median, ${number} ms at most; \\d+ ticks`
const lines = [
  'isothreads .*',
  '',
  'fib\\(20\\) on a thread, .*',
  '',
  ...["Node's Worker", 'isothreads', 'native:fib'].map((name) => `${title(name)} +${number} s`),
  '',
  '  fib\\(20\\) is 6765',
  '',
  ...["Node's Worker", 'isothreads', 'native:fib'].map((name) => `${title(name)}█+ +${number}\\d s`),
  '',
  'A worker goes through 1,000 items .*',
  'In .*2-messages: .*',
  'How late the timer was: .*',
  '',
  `${title("Node's Worker")}${finished}`,
  summary,
  `${title('isothreads')}${finished}`,
  summary,
  '',
  'For a detailed check: .*',
  ''
]

test('npm start on a pipe prints each line once, when it is final', async (t) => {
  const { stdout, ...result } = await runNode([program, '20'])
  t.deepEqual(result, { code: 0, signal: null, hung: false, stderr: '' })
  for (const [index, line] of stdout.split('\n').entries()) t.regex(line, new RegExp(`^${lines[index]}$`))
  t.is(stdout.split('\n').length, lines.length)
})

test('npm start on a terminal draws lines again while they change', async (t) => {
  const terminal = 'data:text/javascript,process.stdout.isTTY = true'
  const { stdout, ...result } = await runNode(['--import', terminal, program, '20'])
  t.deepEqual(result, { code: 0, signal: null, hung: false, stderr: '' })
  for (const name of ["Node's Worker", 'isothreads']) {
    const percents = [...stdout.matchAll(new RegExp(`${title(name)}█*░* +(\\d+) %`, 'g'))].map(([, digits]) => Number(digits))
    t.deepEqual(percents, percents.toSorted((a, b) => a - b))
    t.true(new Set(percents).size > 2, `${percents}`)
    t.deepEqual([percents[0], percents.at(-1)], [0, 100])
  }
})

test('npm start rejects arguments that are not numbers', async (t) => {
  for (const args of [['0'], ['a'], ['100'], ['20', '20']]) {
    const { stderr, ...result } = await runNode([program, ...args])
    t.deepEqual(result, { code: 2, signal: null, hung: false, stdout: '' })
    t.regex(stderr, /^Usage: npm start -- \[n\]\n/)
  }
})

test('latencies are drawn by their order of magnitude, the worst of each part', (t) => {
  t.is(drawLatencies([], 8), '')
  t.is(drawLatencies([0, 0.99, 1, 2, 4, 8, 16, 32, 64, 1e6], 20), '▁▁▂▃▄▅▆▇██')
  t.is(drawLatencies([0, 5, 0, 0, 70, 0], 3), '▄▁█')
  t.is(drawLatencies([0, 0, 0, 0, 3, 0, 0], 2), '▁▃')
  t.is(summarize([3, 1, 2]), 'late by 2.0 ms in the median, 3.0 ms at most; 3 ticks')
})
