const { isMainThread } = require('node:worker_threads')
const { sum } = require('./sum')

describe('sum', () => {
  test('adds', () => { expect(sum(1, 2, 3)).toBe(6) })
  test('fails with a difference', () => { expect({ total: sum(1, 2) }).toEqual({ total: 4 }) })
  test('runs in a worker', () => { expect(isMainThread).toBe(false) })
  test('writes', () => { console.log('written by a test') })
})
