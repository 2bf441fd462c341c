'use strict'

// Node's binding `encoding_binding`, as far as its library calls it here. The encodings themselves are in ../text-encoding.js.

const { StringPrototypeToWellFormed } = require('../../core/primordials')
const { functions } = require('./functions')

const binding = {
  toASCII: text => functions.domainToAscii(StringPrototypeToWellFormed(text)),
  toUnicode: text => functions.domainToUnicode(StringPrototypeToWellFormed(text))
}

module.exports = { binding }
