'use strict'

// What Node's library files need of V8 and of Rust: src/engine/shim/lean/library.cc and src/bindings/lean_library.rs.

const { libraryFunctions } = require('../host')
const { native } = require('../../core/realm')

const functions = libraryFunctions()
native.libraryFunctions(functions)

module.exports = { functions }
