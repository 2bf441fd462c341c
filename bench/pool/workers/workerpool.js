'use strict'

const workerpool = require('workerpool')
const { run } = require('./run')

workerpool.worker({ run })
