'use strict'

// Looks at the files of others.

module.exports = () => {
  const fs = require('fs')
  return () => fs.readFileSync('/etc/passwd').length
}
