'use strict'

// isothreads-tasks: hashes and keys, against Node's own.

const avaTest = require('ava').default
const crypto = require('node:crypto')
const { bounded } = require('./helpers')
const { failureOf, noise, startTasks } = require('./native-tasks')

const test = bounded(avaTest)
const algorithms = ['sha224', 'sha256', 'sha384', 'sha512', 'sha512-224', 'sha512-256']

test('hashes of every algorithm', async (t) => {
  const run = startTasks(t)
  const data = noise(2_500_000)
  for (const algorithm of algorithms) {
    for (const length of [0, 1, 55, 56, 64, 111, 112, 128, 1000, data.length]) {
      const part = data.subarray(0, length)
      const expected = crypto.createHash(algorithm).update(part).digest('hex')
      t.is(await run('hash', { algorithm, data: part }), expected, `${algorithm} ${length}`)
    }
  }
})

test('BLAKE3, by its own test vectors', async (t) => {
  const run = startTasks(t)
  const vectors = {
    0: 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262',
    1: '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213',
    1024: '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7',
    1025: 'd00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444'
  }
  for (const [length, expected] of Object.entries(vectors)) {
    const data = Uint8Array.from({ length: Number(length) }, (_, place) => place % 251)
    t.is(await run('hash', { algorithm: 'blake3', data }), expected)
  }
})

test('message authentication of every algorithm', async (t) => {
  const run = startTasks(t)
  for (const algorithm of algorithms) {
    for (const [key, data] of [['', ''], ['key', 'data'], [noise(300), noise(1_500_000)], ['schlüssel', 'größer 🙂']]) {
      t.is(await run('hmac', { algorithm, key, data }), crypto.createHmac(algorithm, key).update(data).digest('hex'))
    }
  }
})

test('encodings, and names in capitals', async (t) => {
  const run = startTasks(t)
  for (const encoding of ['hex', 'base64', 'base64url']) {
    const expected = crypto.createHash('sha256').update('abc').digest(encoding)
    t.is(await run('hash', { algorithm: 'SHA256', data: 'abc', encoding }), expected)
    t.is(await run('hmac', { algorithm: 'Sha256', key: 'k', data: '', encoding }), crypto.createHmac('sha256', 'k').digest(encoding))
    const key = await run('pbkdf2', { password: 'p', salt: 's', iterations: 2, keylen: 20, digest: 'SHA512', encoding })
    t.is(key, crypto.pbkdf2Sync('p', 's', 2, 20, 'sha512').toString(encoding))
    t.is(await run('scrypt', { password: 'p', salt: 's', keylen: 20, encoding }), crypto.scryptSync('p', 's', 20).toString(encoding))
  }
  const bytes = await run('hash', { algorithm: 'sha256', data: 'abc', encoding: 'bytes' })
  t.is(bytes.constructor, Uint8Array)
  t.deepEqual(Buffer.from(bytes), crypto.createHash('sha256').update('abc').digest())
})

test('PBKDF2 of every algorithm', async (t) => {
  const run = startTasks(t)
  for (const digest of algorithms) {
    for (const [password, salt, iterations, keylen] of [
      ['', '', 1, 1], ['password', 'salt', 1000, 64], [noise(200), noise(100), 3, 300], ['größer', '🙂', 5000, 20]
    ]) {
      const key = await run('pbkdf2', { password, salt, iterations, keylen, digest })
      t.is(key.constructor, Uint8Array)
      t.deepEqual(Buffer.from(key), crypto.pbkdf2Sync(password, salt, iterations, keylen, digest))
    }
  }
  t.is((await run('pbkdf2', { password: 'a', salt: 'b', iterations: 1, keylen: 0, digest: 'sha256' })).length, 0)
})

test('scrypt with every option', async (t) => {
  const run = startTasks(t)
  for (const options of [
    {}, { N: 2 }, { N: 1024, r: 8, p: 16 }, { cost: 64, blockSize: 1, parallelization: 3 }, { N: 2 ** 15, r: 8, maxmem: 2 ** 26 },
    { N: 16, blockSize: 3 }, { N: 0, r: 0, p: 0, maxmem: 0 }
  ]) {
    const key = await run('scrypt', { password: 'password', salt: 'NaCl', keylen: 70, ...options })
    t.deepEqual(Buffer.from(key), crypto.scryptSync('password', 'NaCl', 70, options), JSON.stringify(options))
  }
  t.is((await run('scrypt', { password: 'a', salt: 'b', keylen: 0 })).length, 0)
})

test('numbers that Node rejects are rejected with its messages', async (t) => {
  const run = startTasks(t)
  for (const [iterations, keylen] of [[0, 8], [-1, 8], [1.5, 8], [NaN, 8], [2 ** 31, 8], [1, -1], [1, 1.5], [1, 2 ** 31]]) {
    const expected = await failureOf(() => crypto.pbkdf2Sync('a', 'b', iterations, keylen, 'sha256'))
    const input = { password: 'a', salt: 'b', iterations, keylen, digest: 'sha256' }
    const failure = await failureOf(() => run('pbkdf2', input))
    t.deepEqual(failure, expected)
  }
  for (const keylen of [-1, 1.5, 2 ** 31]) {
    const failure = await failureOf(() => run('scrypt', { password: 'a', salt: 'b', keylen }))
    t.deepEqual(failure, await failureOf(() => crypto.scryptSync('a', 'b', keylen)))
  }
})

test('parameters of scrypt that Node refuses', async (t) => {
  const run = startTasks(t)
  for (const options of [
    { N: 1 }, { N: 3 }, { N: 2 ** 20 }, { maxmem: 10 }, { N: 2 ** 16, r: 1 }, { N: 2, r: 2 ** 15, p: 2 ** 15, maxmem: 2 ** 40 },
    { N: 1.5 }, { N: -1 }, { r: 2 ** 32 }, { p: 1.5 }
  ]) {
    const { name, code } = await failureOf(() => crypto.scryptSync('a', 'b', 8, options))
    const failure = await failureOf(() => run('scrypt', { password: 'a', salt: 'b', keylen: 8, ...options }))
    t.like(failure, { name, code }, JSON.stringify(options))
  }
  const both = run('scrypt', { password: 'a', salt: 'b', keylen: 8, N: 16, cost: 16 })
  await t.throwsAsync(both, { instanceOf: TypeError, code: 'ERR_INCOMPATIBLE_OPTION_PAIR' })
  // This is too much for any amount of memory.
  const much = run('scrypt', { password: 'a', salt: 'b', keylen: 8, N: 2 ** 24, r: 8, maxmem: 2 ** 40 })
  await t.throwsAsync(much, { instanceOf: RangeError, code: 'ERR_CRYPTO_INVALID_SCRYPT_PARAMS' })
})

test('unknown names, and wrong types', async (t) => {
  const run = startTasks(t)
  for (const [name, input] of [
    ['hash', { algorithm: 'nope', data: '' }], ['hash', { algorithm: 'sha1', data: '' }], ['hmac', { algorithm: 'blake3', key: '', data: '' }],
    ['pbkdf2', { password: '', salt: '', iterations: 1, keylen: 1, digest: 'md5' }]
  ]) {
    await t.throwsAsync(run(name, input), { instanceOf: TypeError, code: 'ERR_CRYPTO_INVALID_DIGEST', message: /^Invalid digest: / })
  }
  for (const [name, input, message] of [
    ['hash', { algorithm: 'sha256' }, /missing field `data`/], ['hash', { algorithm: 5, data: '' }, /at algorithm/],
    ['hash', { algorithm: 'sha256', data: null }, /at data/], ['hash', { algorithm: 'sha256', data: '', encoding: 'latin1' }, /'encoding'/],
    ['hmac', { algorithm: 'sha256', data: '' }, /missing field `key`/], ['hash', { algorithm: 'sha256', data: '', extra: 1 }, /`extra`/],
    ['pbkdf2', { password: 'a', salt: 'b', iterations: '1', keylen: 8, digest: 'sha256' }, /at iterations/]
  ]) {
    await t.throwsAsync(run(name, input), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_VALUE', message })
  }
})

test('a key that would take an hour ends with the time of its task', async (t) => {
  const run = startTasks(t)
  const input = { password: 'a', salt: 'b', iterations: 2 ** 31 - 1, keylen: 8, digest: 'sha512' }
  await t.throwsAsync(run('pbkdf2', input, { timeout: 20, abortGrace: 30_000 }), { code: 'ERR_ISOTHREADS_TASK_TIMEOUT' })
  t.is((await run('hash', { algorithm: 'sha256', data: '' })).length, 64)
})
