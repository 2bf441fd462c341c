'use strict'

const all = require('./ava.config')
const { quick } = require('./scripts/test-sets')

/** The tests of `npm test`. */
module.exports = { ...all, files: quick }
