'use strict'

module.exports = {
  /** The functions that this thread's parent exposes to it, by name. host-functions.js fills it. */
  host: { __proto__: null }
}
