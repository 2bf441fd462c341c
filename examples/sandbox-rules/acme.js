'use strict'

// A discount for large quantities, in dollars.

const { rateOf } = require('isothreads:host')

module.exports = async () => {
  const rate = await rateOf('USD')
  return ({ quantity, price }) => quantity * price * rate * (quantity >= 10 ? 0.9 : 1)
}
