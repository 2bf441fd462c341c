'use strict'

// npm start: two demonstrations, in Node.js's Worker and in this package's.

const os = require('node:os')
const { computeFib } = require('./start/fib')
const { processItems } = require('./start/messages')

const defaultFib = 45

async function main ([n = String(defaultFib), ...others]) {
  if (others.length > 0 || !/^[1-9]\d?$/.test(n)) {
    console.error(`Usage: npm start -- [n]

  n   the fib(n) to compute, 1 to 99 (default: ${defaultFib}); a smaller one is quicker`)
    process.exitCode = 2
    return
  }
  const { version } = require('../package.json')
  const cpus = os.cpus()
  console.log(`isothreads ${version}, Node.js ${process.version}, ${cpus.length} x ${cpus[0]?.model.trim() ?? 'unknown processor'}`)
  await computeFib(Number(n))
  await processItems()
  console.log('\nFor a detailed check: npx isothreads doctor')
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error)
  process.exitCode = 1
})
