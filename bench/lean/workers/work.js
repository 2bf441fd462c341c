'use strict'

const { parentPort } = require('node:worker_threads')

const works = {
  fib: () => {
    const fib = (n) => n < 2 ? n : fib(n - 1) + fib(n - 2)
    return ({ n }) => fib(n)
  },
  marked () {
    const { marked } = require('marked')
    const text = '# Title\n\nSome *emphasised* and **strong** text with a [link](https://example.com) and `code`.\n\n- one\n- two\n\n```js\nlet a\n```\n'
      .repeat(200)
    return () => marked.parse(text).length
  },
  mustache () {
    const mustache = require('mustache')
    const template = '<ul>{{#items}}<li>{{name}}: {{price}}</li>{{/items}}</ul>'
    const items = Array.from({ length: 3_000 }, (_, n) => ({ name: `item <${n}>`, price: n / 7 }))
    return () => mustache.render(template, { items }).length
  },
  ajv () {
    const Ajv = require('ajv')
    const item = { type: 'object', required: ['name'], properties: { name: { type: 'string', minLength: 3 }, price: { type: 'number' } } }
    const validate = new (Ajv.default ?? Ajv)().compile({
      type: 'object',
      required: ['id', 'items'],
      properties: {
        id: { type: 'integer', minimum: 0 },
        items: { type: 'array', items: item }
      }
    })
    const order = { id: 1, items: Array.from({ length: 50_000 }, (_, n) => ({ name: `item ${n}`, price: n })) }
    return () => validate(order)
  }
}

/** @returns {number} the milliseconds of the fastest third of the repetitions, each */
function run ({ work, count, n }) {
  const step = works[work]()
  const times = []
  for (let repetition = 0; repetition < count; repetition++) {
    const begin = performance.now()
    step({ n })
    times.push(performance.now() - begin)
  }
  const fastest = times.sort((a, b) => a - b).slice(0, Math.ceil(times.length / 3))
  return fastest.reduce((sum, time) => sum + time, 0) / fastest.length
}

if (parentPort !== null) parentPort.once('message', (task) => parentPort.postMessage(run(task)))

module.exports = { run }
