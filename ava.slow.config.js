'use strict'

const all = require('./ava.config')
const quick = require('./ava.quick.config')

/** The tests that `npm test` leaves out. */
module.exports = { ...all, files: quick.files.filter((file) => file.startsWith('!')).map((file) => file.slice(1)) }
