'use strict'

// Compiles the type tests with each version of @types/node: devDependencies whose scope names the version.

const path = require('node:path')
const { spawnSync } = require('node:child_process')

const root = path.join(__dirname, '..')
const compiler = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
const project = path.join('__test__', 'types')
const scopes = ['@types', '@types-22', '@types-24', '@types-26']

for (const scope of scopes) {
  const typeRoot = path.join('node_modules', scope)
  const { version } = require(path.join(root, typeRoot, 'node', 'package.json'))
  const args = [compiler, '--project', project, '--typeRoots', typeRoot, '--types', 'node', '--listFiles']
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  if (error) throw error
  const lines = (stdout + stderr).split(/\r?\n/)
  const isListed = (line) => path.isAbsolute(line) && /\.[cm]?ts$/.test(line)
  // An additional or different version would make this test meaningless.
  const found = lines.filter((line) => isListed(line) && line.endsWith('worker_threads.d.ts'))
  const isRight = found.length === 1 && path.normalize(found[0]).includes(path.join(typeRoot, 'node'))
  for (const line of lines) if (line !== '' && !isListed(line)) console.log(line)
  if (!isRight) console.log(`Expected the types in ${typeRoot}, and not: ${found.join(', ')}`)
  const isSuccess = status === 0 && isRight
  console.log(`@types/node ${version}: ${isSuccess ? 'passed' : 'failed'}`)
  if (!isSuccess) process.exitCode = 1
}
