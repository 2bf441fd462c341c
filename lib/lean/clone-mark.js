'use strict'

const { Symbol } = require('../core/primordials')

module.exports = {
  /** Marks objects that host-objects.js takes apart, for the serialiser. */
  kClone: Symbol('kClone')
}
