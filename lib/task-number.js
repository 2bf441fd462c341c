'use strict'

// The number of a message about a task of a pool, as in src/message.rs: the task's, and what it is.

const FIRST_TASK = 16

/** Of a task: whether the function is named in it. Of an answer: what it is. */
const flag = { plain: 0, named: 1, result: 0, error: 1, interim: 2 }

/**
 * @param {number} id
 * @param {number} what one of the flags
 */
function numberOf (id, what) {
  return FIRST_TASK + 4 * id + what
}

/**
 * @param {number} number what receive() is told; that of a message that cannot be read is the complement
 * @returns {{ id: number, what: number, isUnreadable: boolean }}
 */
function read (number) {
  const isUnreadable = number < 0
  const task = (isUnreadable ? ~number : number) - FIRST_TASK
  return { id: task >> 2, what: task & 3, isUnreadable }
}

module.exports = { flag, numberOf, read }
