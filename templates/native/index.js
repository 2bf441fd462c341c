'use strict'

const path = require('node:path')

const files = { win32: '{{library}}.dll', darwin: 'lib{{library}}.dylib' }

// The path at which `cargo build --release` puts the worker library.
module.exports = path.resolve(
  __dirname,
  process.env.CARGO_TARGET_DIR ?? 'target',
  'release',
  files[process.platform] ?? 'lib{{library}}.so'
)
