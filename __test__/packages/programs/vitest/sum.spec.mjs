import { isMainThread, parentPort, threadId } from 'node:worker_threads'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { sum } from './sum.mjs'

describe('sum', () => {
  beforeAll(() => { vi.useFakeTimers() })
  it('adds', () => { expect(sum(1, 2, 3)).toBe(6) })
  it('fails with a difference', () => { expect({ total: sum(1, 2) }).toEqual({ total: 4 }) })
  it('waits', async () => {
    const waited = new Promise((resolve) => setTimeout(resolve, 1e6, 'waited'))
    vi.runAllTimers()
    expect(await waited).toBe('waited')
  })
  it('runs in a worker', () => { expect([isMainThread, typeof parentPort, threadId > 0]).toEqual([false, 'object', true]) })
  it('writes', () => { console.log('written by a test') })
})
