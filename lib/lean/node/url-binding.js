'use strict'

// Node's binding `url`: src/node_url.cc

const {
  StringPrototypeReplaceAll, StringPrototypeToWellFormed, TypeError, TypedArrayPrototypeSet, Uint32Array, setOwn
} = require('../../core/primordials')
const { nodeError } = require('../../core/errors')
const { functions } = require('./functions')

// Where the parts of the last address begin.
const urlComponents = new Uint32Array(9)

const wellFormed = text => StringPrototypeToWellFormed(text)

function invalid (input, base) {
  const error = nodeError(TypeError, 'ERR_INVALID_URL', 'Invalid URL')
  setOwn(error, 'input', input)
  if (base !== undefined) setOwn(error, 'base', base)
  return error
}

function answer (described) {
  TypedArrayPrototypeSet(urlComponents, described[1])
  return described[0]
}

function parse (input, base, raisesException) {
  const described = functions.parseUrl(wellFormed(input), base === undefined ? undefined : wellFormed(base))
  if (described !== null) return answer(described)
  if (raisesException) throw invalid(input, base)
  return undefined
}

function update (href, action, value) {
  const described = functions.updateUrl(href, action, wellFormed(value))
  return described === null ? false : answer(described)
}

const escapes = [['%', '%25'], ['\n', '%0A'], ['\r', '%0D'], ['\t', '%09'], ['?', '%3F'], ['#', '%23']]
const setPathname = 6
const setHostname = 2

function pathToFileURL (path, isWindows, hostname) {
  for (let index = 0; index < escapes.length; index++) path = StringPrototypeReplaceAll(path, escapes[index][0], escapes[index][1])
  if (!isWindows) path = StringPrototypeReplaceAll(path, '\\', '%5C')
  const href = update('file://', setPathname, path)
  return isWindows && hostname !== undefined ? update(href, setHostname, hostname) : href
}

const binding = {
  urlComponents,
  parse,
  canParse: (input, base) => functions.canParseUrl(wellFormed(input), base === undefined ? undefined : wellFormed(base)),
  update,
  pathToFileURL,
  format: (href, hash, unicode, search, auth) => functions.formatUrl(href, hash, unicode, search, auth),
  domainToASCII: domain => functions.domainToAscii(wellFormed(domain)),
  domainToUnicode: domain => functions.domainToUnicode(wellFormed(domain)),
  getOrigin (href) {
    const origin = functions.originOfUrl(wellFormed(href))
    if (origin === null) throw invalid(href)
    return origin
  }
}

module.exports = { binding }
