'use strict'

// The addon: in a worker the binding that its environment was made with, elsewhere the binary.
module.exports = process[Symbol.for('isothreads.binding')] ?? require('./binding')
