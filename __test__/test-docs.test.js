'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const avaTest = require('ava')
const { bounded, isPeer } = require('./helpers')
const { runDocument } = require('../scripts/test-docs/document')

const test = isPeer ? () => {} : bounded(avaTest)
if (isPeer) avaTest('worker_threads has no documents here', (t) => t.pass())

const fence = (language, text) => `\`\`\`${language}\n${text}\n\`\`\``

/** What comes of a document's blocks, as `[state, detail]`. */
async function run (t, blocks, options) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-test-docs-'))
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }))
  const document = path.join(folder, 'document.md')
  fs.writeFileSync(document, `# Title\n\n${blocks.join('\n\nText.\n\n')}\n`)
  const results = []
  await runDocument(document, ({ state, detail }) => results.push([state, detail]), options)
  return results
}

test('a program runs with the files before it, and prints the documented output', async (t) => {
  t.deepEqual(await run(t, [
    fence('js', '// tasks.js\nexports.double = (n) => 2 * n'),
    fence('js', `import { WorkerPool } from 'isothreads'
const pool = new WorkerPool('./tasks.js', 1)
for (const n of [1, 2]) console.log(await pool.exec(n, { name: 'double' })) // 2, 4
console.log({ first: 1, second: 'x'.repeat(80) }) // { first: 1, second: 'xx...' }
console.log('not checked')
await pool.close()`),
    fence('js', '// main.js\nconsole.log(require("./tasks").double(4)) // 8'),
    fence('sh', 'echo \'one\ntwo\'   # prints two\nnode --require isothreads/register main.js # prints 8\nisothreads --version'),
    fence('ts', `import { Worker } from 'isothreads'\nexport const start = (): Worker => new Worker('./tasks.js')`),
    fence('toml', 'not = "a program"'),
    fence('', 'nor this')
  ]), [['ran', ''], ['ran', ''], ['ran', ''], ['ran', '']])
})

for (const [what, block, pattern] of [
  ['throws', fence('js', 'throw new RangeError("wrong")'), /^it ended with exit code 1\n[^]*RangeError: wrong/],
  ['does not compile', fence('js', 'const pool = await 1; require("fs")'), /^it ended with exit code 1\n[^]*/],
  ['exits', fence('js', 'process.exit(3)'), /^it ended with exit code 3$/],
  ['ends with a signal', fence('js', 'process.kill(process.pid, "SIGKILL")'), /^it ended with SIGKILL$/],
  ['writes to stderr', fence('js', 'console.error("careful")'), /^it wrote to stderr\ncareful$/],
  ['prints something else', fence('js', '\nconsole.log(1 + 1) // 3'), /^its line 2 is to print '3', and printed '2'\n2$/],
  ['prints more', fence('js', 'for (const n of [1, 2]) console.log(n) // 1'), /^its line 1 is to print '1', and printed '1, 2'\n1\n2$/],
  ['prints nothing', fence('js', 'if (false) console.log(1) // 1'), /^its line 1 is to print '1', and printed ''$/],
  ['is a shell command that fails', fence('sh', 'false\ntrue'), /^it ended with exit code 1$/],
  ['is a shell command that prints something else', fence('sh', 'echo a   # prints b'), /^it is to print 'b'\na$/],
  ['has a wrong type', fence('ts', 'export const text: string = 1'), /^it ended with exit code \d\n.*error TS2322/],
  ['is a file that nothing uses', fence('js', '// tasks.js\nexports.double = (n) => 2 * n'), /^no program uses tasks.js$/]
]) {
  test(`a program fails if it ${what}`, async (t) => {
    const results = await run(t, [block])
    t.is(results.length, 1)
    t.is(results[0][0], 'failed')
    t.regex(results[0][1], pattern)
  })
}

test('a program that does not end is killed with its child processes', async (t) => {
  for (const block of [fence('js', 'setInterval(() => {}, 1000)'), fence('sh', 'node -e "setInterval(() => {}, 1000)" | cat')]) {
    t.deepEqual(await run(t, [block], { timeout: 2000 }), [['failed', 'it did not end within 2 s']])
  }
})

test('a comment before a block skips that block only, and gives the reason', async (t) => {
  const failing = fence('sh', 'false')
  t.deepEqual(await run(t, [`<!-- not run: it installs packages -->\n${failing}`, `<!-- not run: too far away -->\n\nText.\n\n${failing}`]), [
    ['skipped', 'it installs packages'],
    ['failed', 'it ended with exit code 1']
  ])
})
