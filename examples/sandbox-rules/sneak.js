'use strict'

// Reads the rule of somebody else.

module.exports = () => require('./acme.js')
