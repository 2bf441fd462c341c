'use strict'

const { rateOf } = require('isothreads:host')

// Blocks this worker, and nobody else.
const rate = rateOf.sync('JPY')

module.exports = () => ({ quantity, price }) => Math.round(quantity * price * rate)
