'use strict'

// Work for a processor. It is a worker file of a pool, and an ordinary module as well.

module.exports = function fib (n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2)
}
