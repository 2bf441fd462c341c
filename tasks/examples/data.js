'use strict'

// Sorts and aggregates numbers, and converts a table to objects and back.

const assert = require('node:assert')
const { WorkerPool } = require('../..') // of your own: require('isothreads')
const tasks = require('..') // require('isothreads-tasks')

const csv = `city,visitors,open
Berlin,1200,true
"Paris, Texas",340,false
Berlin,800,true
`

async function main () {
  const pool = new WorkerPool(tasks.library, 2)
  const numbers = Float64Array.from({ length: 100_000 }, () => Math.random())
  const expected = numbers.toSorted()

  // The memory is transferred there and back without a copy.
  const sorted = await pool.exec({ data: numbers }, { name: 'sortArray', transferList: [numbers.buffer] })
  console.log('sortArray', sorted.constructor.name, sorted.length)
  assert.deepStrictEqual(sorted, expected)

  const aggregate = await pool.exec({ data: sorted, percentiles: [5, 95] }, { name: 'aggregate' })
  console.log('aggregate', aggregate)
  assert.strictEqual(aggregate.count, expected.length)
  assert.deepStrictEqual([aggregate.min, aggregate.max], [expected[0], expected.at(-1)])
  assert.strictEqual(aggregate.median, (expected[49_999] + expected[50_000]) / 2)

  const rows = await pool.exec({ data: csv, types: true }, { name: 'csvToJson' })
  console.log('csvToJson', rows)
  assert.deepStrictEqual(rows[1], { city: 'Paris, Texas', visitors: 340, open: false })

  const [keys, data] = [rows.map((row) => row.city), rows.map((row) => row.visitors)]
  const groups = await pool.exec({ keys, data }, { name: 'aggregateBy' })
  console.log('aggregateBy', groups.map(({ key, count, sum, mean }) => ({ key, count, sum, mean })))
  assert.deepStrictEqual(groups.map(({ key, sum }) => [key, sum]), [['Berlin', 2000], ['Paris, Texas', 340]])

  const again = await pool.exec({ data: rows }, { name: 'jsonToCsv' })
  console.log('jsonToCsv', again.length, 'bytes')
  assert.strictEqual(Buffer.from(again).toString(), csv)
  await pool.close()
}

main()
