'use strict'

// The addon. In a worker it is the binding that its environment was made with: see bootstrap/preload.js.
module.exports = require('./binding')
