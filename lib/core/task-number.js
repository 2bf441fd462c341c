'use strict'

// The number of a message about a task of a pool, as in src/message.rs: the task's, and what it is. Of a
// message that cannot be read receive() is told the complement.

const FIRST_TASK = 16

/** Of a task: whether it is more than the data. Of an answer: what it is; from `progress` on the task goes on. */
const flag = { plain: 0, wrapped: 1, result: 0, error: 1, progress: 2, more: 3 }

/**
 * @param {number} id
 * @param {number} what one of the flags
 */
function numberOf (id, what) {
  return FIRST_TASK + 4 * id + what
}

/** @param {number} number of a message that could be read */
function read (number) {
  return { id: (number - FIRST_TASK) >> 2, what: number & 3 }
}

module.exports = { FIRST_TASK, flag, numberOf, read }
