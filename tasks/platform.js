'use strict'

const { isNonGlibcLinuxSync } = require('detect-libc')

const { arch, platform } = process
const extensions = { win32: '.dll', darwin: '.dylib' }

module.exports = {
  /** The platform as the names of libraries and packages have it: `linux-x64-gnu`, `darwin-arm64`. */
  target: platform === 'linux' ? `linux-${arch}-${isNonGlibcLinuxSync() ? 'musl' : 'gnu'}` : `${platform}-${arch}`,
  /** What libraries end with. */
  extension: extensions[platform] ?? '.so'
}
