'use strict'

// The number of a message about a pool's task holds the task's id and a flag. For a message that cannot be read, receive() gets the
// complement.

const { messageKind: { firstTask: FIRST_TASK }, taskFlag: flag } = require('./protocol')

/**
 * @param {number} id
 * @param {number} what one of the flags
 */
function numberOf (id, what) {
  return FIRST_TASK + 4 * id + what
}

/** @param {number} number of a readable message */
function read (number) {
  return { id: (number - FIRST_TASK) >> 2, what: number & 3 }
}

module.exports = { FIRST_TASK, flag, numberOf, read }
