'use strict'

// A terminal line that is redrawn until it is final. On a pipe it is printed once, at the end.

const { SingleBar } = require('cli-progress')

const nameWidth = 16
const barWidth = 20

/**
 * @param {string} name
 * @param {(seconds: string, bar: (part: number) => string) => string} draw the text after the name
 */
function startLine (name, draw) {
  const begin = performance.now()
  const text = (formatBar) => {
    const seconds = `${((performance.now() - begin) / 1000).toFixed(1).padStart(5)} s`
    return `  ${name.padEnd(nameWidth)}${draw(seconds, formatBar)}`
  }
  // Line wrapping stays on, because the library would not restore it when Ctrl-C ends the process.
  const line = new SingleBar({
    format: (options) => text((part) => drawBar(part, options)),
    stream: process.stdout,
    barsize: barWidth,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    linewrap: true,
    forceRedraw: true
  })
  line.start(1, 0)
  return {
    stop () {
      line.stop()
      if (!process.stdout.isTTY) console.log(text((part) => drawBar(part, line.options)))
    }
  }
}

function drawBar (part, { barsize, barCompleteString, barIncompleteString }) {
  const complete = Math.round(part * barsize)
  return barCompleteString.slice(0, complete) + barIncompleteString.slice(0, barsize - complete)
}

module.exports = { startLine }
