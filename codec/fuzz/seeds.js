'use strict'

// Creates the initial corpus from the V8 messages of the tests.

const { createHash } = require('node:crypto')
const { mkdirSync, readdirSync, readFileSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')

const tests = join(__dirname, '../src/tests')
const source = readdirSync(tests).map((file) => readFileSync(join(tests, file), 'utf8')).join('\n')
const messages = source.match(/(?<=")ff(0d|0e|0f|10)([0-9a-f]{2})+(?=")/g).map((digits) => Buffer.from(digits, 'hex'))

for (const target of ['hostile', 'round_trip']) {
  const corpus = join(__dirname, 'corpus', target)
  mkdirSync(corpus, { recursive: true })
  for (const message of messages) {
    writeFileSync(join(corpus, createHash('sha1').update(message).digest('hex')), message)
  }
}
