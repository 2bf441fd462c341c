'use strict'

// CPU-bound work. This file is a worker file of a pool, and also an ordinary module.

module.exports = function fib (n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2)
}
