'use strict'

// node --require isothreads/register main.js
// node --import isothreads/register main.js

const { load } = require('./lib/instance')

load('register').register(load('api').api, globalThis)
load('top-level-await').install()
