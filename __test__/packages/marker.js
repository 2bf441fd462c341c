'use strict'

// Preloaded in every thread of a program: notes each Worker that it creates, and whose class it is.

const fs = require('node:fs')
const path = require('node:path')
const diagnosticsChannel = require('node:diagnostics_channel')

const { ISOTHREADS_TEST_WORKERS: file, ISOTHREADS_TEST_REGISTERED: registered } = process.env

diagnosticsChannel.channel('worker_threads').subscribe(({ worker }) => {
  const isOurs = registered === '1' && worker instanceof require(path.join(__dirname, '..', '..')).Worker
  fs.appendFileSync(file, isOurs ? 'isothreads\n' : 'node\n')
})
