'use strict'

// https://infra.spec.whatwg.org/#forgiving-base64

const {
  Number, RegExpPrototypeExec, SafeMap, String, StringPrototypeReplaceAll, TypedArrayPrototypeGetBuffer, Uint8Array, uncurryThis
} = require('../core/primordials')
const { domException, missingArgs } = require('../core/errors')

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const values = new SafeMap()
for (let index = 0; index < alphabet.length; index++) values.set(alphabet[index], index)

const codeAt = uncurryThis(String.prototype.charCodeAt)
const { fromCharCode } = String

function btoa (input) {
  if (arguments.length === 0) throw missingArgs('input')
  const text = `${input}`
  let result = ''
  for (let index = 0; index < text.length; index += 3) {
    const codes = [codeAt(text, index), codeAt(text, index + 1), codeAt(text, index + 2)]
    let bits = 0
    for (let at = 0; at < 3; at++) {
      const code = codes[at]
      if (code > 255) throw domException('Invalid character', 'InvalidCharacterError')
      // NaN past the end counts as 0.
      bits = (bits << 8) | code
    }
    const left = text.length - index
    result += alphabet[bits >> 18] + alphabet[(bits >> 12) & 63] +
      (left > 1 ? alphabet[(bits >> 6) & 63] : '=') + (left > 2 ? alphabet[bits & 63] : '=')
  }
  return result
}

function atob (input) {
  if (arguments.length === 0) throw missingArgs('input')
  let text = withoutSpace(`${input}`)
  if (text.length % 4 === 0) text = RegExpPrototypeExec(/^[^]*?(?=={0,2}$)/, text)[0]
  if (text.length % 4 === 1 || RegExpPrototypeExec(/[^A-Za-z0-9+/]/, text) !== null) {
    throw domException('The string to be decoded is not correctly encoded.', 'InvalidCharacterError')
  }
  let result = ''
  let bits = 0
  for (let index = 0; index < text.length; index++) {
    bits = ((bits << 6) | Number(values.get(text[index]))) & 0xFFFFFF
    const place = index % 4
    if (place === 1) result += fromCharCode((bits >> 4) & 255)
    else if (place === 2) result += fromCharCode((bits >> 2) & 255)
    else if (place === 3) result += fromCharCode(bits & 255)
  }
  return result
}

function withoutSpace (text) {
  const spaces = ['\t', '\n', '\f', '\r', ' ']
  for (let index = 0; index < spaces.length; index++) text = StringPrototypeReplaceAll(text, spaces[index], '')
  return text
}

/** @returns {ArrayBuffer} the bytes that a text in base64 stands for */
function bytesOf (text) {
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index++) bytes[index] = codeAt(binary, index)
  return TypedArrayPrototypeGetBuffer(bytes)
}

module.exports = { atob, btoa, bytesOf }
