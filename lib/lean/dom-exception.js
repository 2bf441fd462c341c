'use strict'

// https://webidl.spec.whatwg.org/#idl-DOMException

const { Error, ErrorCaptureStackTrace, ObjectDefineProperty, ObjectValues, ObjectSetPrototypeOf, SymbolToStringTag, isInstance } =
  require('../core/primordials')
const { kClone } = require('./clone-mark')

// The exceptions that had numbers before they had names.
const legacy = {
  __proto__: null,
  IndexSizeError: { code: 1, constant: 'INDEX_SIZE_ERR' },
  HierarchyRequestError: { code: 3, constant: 'HIERARCHY_REQUEST_ERR' },
  WrongDocumentError: { code: 4, constant: 'WRONG_DOCUMENT_ERR' },
  InvalidCharacterError: { code: 5, constant: 'INVALID_CHARACTER_ERR' },
  NoModificationAllowedError: { code: 7, constant: 'NO_MODIFICATION_ALLOWED_ERR' },
  NotFoundError: { code: 8, constant: 'NOT_FOUND_ERR' },
  NotSupportedError: { code: 9, constant: 'NOT_SUPPORTED_ERR' },
  InUseAttributeError: { code: 10, constant: 'INUSE_ATTRIBUTE_ERR' },
  InvalidStateError: { code: 11, constant: 'INVALID_STATE_ERR' },
  SyntaxError: { code: 12, constant: 'SYNTAX_ERR' },
  InvalidModificationError: { code: 13, constant: 'INVALID_MODIFICATION_ERR' },
  NamespaceError: { code: 14, constant: 'NAMESPACE_ERR' },
  InvalidAccessError: { code: 15, constant: 'INVALID_ACCESS_ERR' },
  TypeMismatchError: { code: 17, constant: 'TYPE_MISMATCH_ERR' },
  SecurityError: { code: 18, constant: 'SECURITY_ERR' },
  NetworkError: { code: 19, constant: 'NETWORK_ERR' },
  AbortError: { code: 20, constant: 'ABORT_ERR' },
  URLMismatchError: { code: 21, constant: 'URL_MISMATCH_ERR' },
  QuotaExceededError: { code: 22, constant: 'QUOTA_EXCEEDED_ERR' },
  TimeoutError: { code: 23, constant: 'TIMEOUT_ERR' },
  InvalidNodeTypeError: { code: 24, constant: 'INVALID_NODE_TYPE_ERR' },
  DataCloneError: { code: 25, constant: 'DATA_CLONE_ERR' }
}

class DOMException {
  #message
  #name

  constructor (message = '', options = 'Error') {
    this.#message = `${message}`
    if (typeof options === 'object' && options !== null) {
      this.#name = 'name' in options ? `${options.name}` : 'Error'
      if ('cause' in options) {
        ObjectDefineProperty(this, 'cause', { __proto__: null, value: options.cause, writable: true, configurable: true })
      }
    } else {
      this.#name = `${options}`
    }
    ErrorCaptureStackTrace(this, DOMException)
  }

  get name () { return this.#name }
  get message () { return this.#message }
  get code () { return legacy[this.#name]?.code ?? 0 }

  [kClone] () {}

  static is (object) { return #name in object }
}

const { is } = DOMException
delete DOMException.is

/** @param {object} object */
function isDOMException (object) {
  return isInstance(DOMException, object) && is(object)
}

ObjectSetPrototypeOf(DOMException.prototype, Error.prototype)
ObjectDefineProperty(DOMException.prototype, SymbolToStringTag, { __proto__: null, value: 'DOMException', configurable: true })
const names = ['name', 'message', 'code']
for (let index = 0; index < names.length; index++) {
  ObjectDefineProperty(DOMException.prototype, names[index], { __proto__: null, enumerable: true })
}

const values = ObjectValues(legacy)
for (let index = 0; index < values.length; index++) {
  const { code: value, constant } = values[index]
  ObjectDefineProperty(DOMException, constant, { __proto__: null, value, enumerable: true })
  ObjectDefineProperty(DOMException.prototype, constant, { __proto__: null, value, enumerable: true })
}

module.exports = { DOMException, isDOMException }
