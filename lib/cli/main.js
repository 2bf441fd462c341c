#!/usr/bin/env node
'use strict'

const path = require('node:path')
const Module = require('node:module')

const exitCodeOfInvalidArgument = 9

const help = `Usage: isothreads <main.js> [arguments]   runs main.js with worker_threads on Rust threads
       isothreads build [--force]         builds the native part for this Node.js from source
       isothreads doctor                  tells which binary is used and why, what is missing and what works here
       isothreads new-native <name>       writes a package of workers in Rust, to begin with
       isothreads --help | --version

main.js is anything that node itself would run, and may be CommonJS with a top-level await.
A file that is called like a command runs as ./build, ./doctor or ./new-native.
For options of Node.js: node <options> --require isothreads/register main.js [arguments]`

/** Runs a file in this process, as `node <file>` would. */
function runMain (file, args) {
  // The entry's command line must be in place before any code that may read it is loaded.
  process.argv = [process.execPath, path.resolve(file), ...args]
  require('../../register')
  // Node.js sets it only for a CommonJS entry. Before an ES module, this file would look like the entry.
  process.mainModule = undefined
  Module.runMain(process.argv[1])
}

/** @param {() => number | Promise<number>} run a command that returns its exit code */
async function runCommand (run) {
  try {
    process.exitCode = await run()
  } catch (error) {
    if (error.code !== 'ERR_ACCESS_DENIED') throw error
    // An error of Node's permission model.
    console.error(`isothreads: ${error.message} Refused: ${error.permission} ${error.resource}`)
    process.exitCode = 1
  }
}

function main ([first, ...rest]) {
  switch (first) {
    case undefined:
      console.error(help)
      process.exitCode = exitCodeOfInvalidArgument
      return
    case '--help':
    case '-h':
      console.log(help)
      return
    case '--version':
    case '-v':
      console.log(`v${require('../../package.json').version}`)
      return
    case 'build':
      runCommand(() => require('../../scripts/build').main(rest))
      return
    case 'doctor':
      runCommand(() => require('./doctor').main())
      return
    case 'new-native':
      runCommand(() => require('./new-native').main(rest))
      return
    default:
      if (first.startsWith('-')) {
        console.error(`isothreads: bad option: ${first}\n${help}`)
        process.exitCode = exitCodeOfInvalidArgument
        return
      }
      runMain(first, rest)
  }
}

main(process.argv.slice(2))
