'use strict'

// Runs in each worker of the pool: a task is a band of the picture.

/**
 * @param {{ view: { x: number, y: number, height: number }, width: number, height: number, top: number, rows: number }} band
 * @param {import('..').TaskContext} context
 */
module.exports = function renderBand ({ view, width, height, top, rows }, context) {
  const scale = view.height / height
  const left = view.x - scale * width / 2
  const upper = view.y + scale * height / 2
  const pixels = new Uint8Array(3 * width * rows)
  const light = new Float64Array(3)
  for (let pixel = 0; pixel < width * rows; pixel++) {
    const x = left + scale * (pixel % width)
    const y = upper - scale * (top + Math.floor(pixel / width))
    // Four samples per pixel smooth the edges.
    light.fill(0)
    for (const right of [0.25, 0.75]) {
      for (const down of [0.25, 0.75]) addSample(light, x + right * scale, y - down * scale, scale)
    }
    // Light is added linearly; the screen value is its square root.
    for (let channel = 0; channel < 3; channel++) pixels[3 * pixel + channel] = Math.sqrt(light[channel] / 4)
  }
  // The memory is transferred instead of copied.
  return { top, rows, buffer: context.move(pixels.buffer) }
}

const mostSteps = 4000
const farAway = 1e4

function addSample (light, cx, cy, scale) {
  let x = 0
  let y = 0
  // The derivative, from which the distance to the set follows.
  let dx = 0
  let dy = 0
  let steps = 0
  while (x * x + y * y < farAway) {
    // Points in the set are black.
    if (steps++ === mostSteps) return
    const nextDx = 2 * (x * dx - y * dy) + 1
    dy = 2 * (x * dy + y * dx)
    dx = nextDx
    const nextX = x * x - y * y + cx
    y = 2 * x * y + cy
    x = nextX
  }
  const size = Math.sqrt(x * x + y * y)
  const distance = size * Math.log(size) / Math.sqrt(dx * dx + dy * dy)
  const brightness = Math.min(1, Math.sqrt(distance / scale))
  // A fractional count avoids edges between colours.
  const smoothSteps = steps + 1 - Math.log2(Math.log2(size))
  const turns = 0.5 + 0.45 * Math.log2(smoothSteps + 8)
  const colour = colours[Math.floor(turns * colours.length) % colours.length]
  for (let channel = 0; channel < 3; channel++) light[channel] += (brightness * colour[channel]) ** 2
}

const stops = [
  { at: 0, rgb: [5, 8, 41] },
  { at: 0.2, rgb: [20, 82, 184] },
  { at: 0.42, rgb: [242, 255, 250] },
  { at: 0.62, rgb: [255, 178, 31] },
  { at: 0.82, rgb: [115, 18, 20] },
  { at: 1, rgb: [5, 8, 41] }
]

const colours = Array.from({ length: 4096 }, (_, index) => {
  const at = index / 4096
  const next = stops.findIndex((stop) => at < stop.at)
  const [from, to] = stops.slice(next - 1, next + 1)
  const part = (at - from.at) / (to.at - from.at)
  const eased = part * part * (3 - 2 * part)
  return from.rgb.map((value, channel) => value + eased * (to.rgb[channel] - value))
})
