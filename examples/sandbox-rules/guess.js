'use strict'

// Calls its host without end.

const { rateOf } = require('isothreads:host')

module.exports = async () => {
  const guesses = []
  for (let guess = 0; guess < 1000; guess++) guesses.push(rateOf(String(guess)))
  await Promise.all(guesses)
}
