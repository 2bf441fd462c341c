'use strict'

// node --require isothreads/register main.js
// node --import isothreads/register main.js

require('./lib/register').register(require('./lib/api').api)
require('./lib/top-level-await').install()
