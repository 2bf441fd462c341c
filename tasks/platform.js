'use strict'

const { isNonGlibcLinuxSync } = require('detect-libc')

const { arch, platform } = process
const extensions = { win32: '.dll', darwin: '.dylib' }

module.exports = {
  /** The platform as in the names of libraries and packages: `linux-x64-gnu`, `darwin-arm64`. */
  target: platform === 'linux' ? `linux-${arch}-${isNonGlibcLinuxSync() ? 'musl' : 'gnu'}` : `${platform}-${arch}`,
  /** The extension of libraries. */
  extension: extensions[platform] ?? '.so'
}
