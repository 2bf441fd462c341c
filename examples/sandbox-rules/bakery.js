'use strict'

// The thirteenth of a dozen is free.

module.exports = () => ({ quantity, price }) => (quantity - Math.floor(quantity / 13)) * price
