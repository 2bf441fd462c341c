'use strict'

// Hashes and keys, compared with those of Node.js.

const assert = require('node:assert')
const crypto = require('node:crypto')
const { WorkerPool } = require('../..') // of your own: require('isothreads')
const tasks = require('..') // require('isothreads-tasks')

async function main () {
  const pool = new WorkerPool(tasks.library, 2)
  const data = Buffer.alloc(5_000_000, 'some data ')

  const hash = await pool.exec({ algorithm: 'sha256', data }, { name: 'hash' })
  console.log('hash', hash)
  assert.strictEqual(hash, crypto.createHash('sha256').update(data).digest('hex'))
  console.log('hash', await pool.exec({ algorithm: 'blake3', data }, { name: 'hash' }), '(BLAKE3)')

  const mac = await pool.exec({ algorithm: 'sha512', key: 'secret', data, encoding: 'base64' }, { name: 'hmac' })
  console.log('hmac', mac)
  assert.strictEqual(mac, crypto.createHmac('sha512', 'secret').update(data).digest('base64'))

  const [password, salt] = ['correct horse', crypto.randomBytes(16)]
  const [slow, large] = await Promise.all([
    pool.exec({ password, salt, iterations: 100_000, keylen: 32, digest: 'sha512' }, { name: 'pbkdf2' }),
    pool.exec({ password, salt, keylen: 32, N: 2 ** 14, r: 8, p: 1 }, { name: 'scrypt' })
  ])
  console.log('pbkdf2', Buffer.from(slow).toString('hex'))
  console.log('scrypt', Buffer.from(large).toString('hex'))
  assert.deepStrictEqual(Buffer.from(slow), crypto.pbkdf2Sync(password, salt, 100_000, 32, 'sha512'))
  assert.deepStrictEqual(Buffer.from(large), crypto.scryptSync(password, salt, 32))
  await pool.close()
}

main()
