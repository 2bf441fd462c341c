'use strict'

// A picture that is as hard to decode, resize and encode as a photograph: soft gradients, edges, textures of every size and
// sensor noise. It is the same on every machine.

const SHAPES = 400

/**
 * @param {number} width
 * @param {number} height
 * @returns {{ data: Uint8Array, width: number, height: number }} RGBA
 */
function makePhoto (width, height) {
  const data = new Uint8Array(width * height * 4)
  const scene = { width, height, ridges: makeRidges(width, height), clouds: [640, 160, 40], textures: [300, 75, 18, 5, 2] }
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) paintPoint(data, at, scene, x, y)
  }
  paintShapes(data, width, height)
  addGrain(data)
  return { data, width, height }
}

function paintPoint (data, at, { height, ridges, clouds, textures }, x, y) {
  const depth = y / height
  let layer = ridges.length
  while (layer > 0 && y >= ridges[ridges.length - layer][x]) layer--
  if (layer === ridges.length) {
    const cloud = Math.max(0, smoothNoise(clouds, x, y, 1) - 0.5) * 2
    data[at] = 70 + 110 * depth + 120 * cloud
    data[at + 1] = 120 + 90 * depth + 70 * cloud
    data[at + 2] = 200 + 30 * depth + 20 * cloud
  } else {
    // Texture is more visible nearby, and distant parts are bluish.
    const near = 1 - layer / ridges.length
    const light = (smoothNoise(textures, x, y, 2 + layer) - 0.5) * (60 + 180 * near)
    data[at] = clamp(120 - 60 * near + light)
    data[at + 1] = clamp(130 - 20 * near + light)
    data[at + 2] = clamp(150 - 110 * near + light / 2)
  }
  data[at + 3] = 255
}

function makeRidges (width, height) {
  return [0.45, 0.55, 0.68].map((share, layer) => {
    const scales = [900, 300, 90, 25].map((scale) => scale / (layer + 1))
    return Float64Array.from({ length: width }, (_, x) => height * share + (smoothNoise(scales, x, 0, 50 + layer) - 0.5) * height * 0.3)
  })
}

// Discs lit from above, some of them translucent.
function paintShapes (data, width, height) {
  for (let shape = 0; shape < SHAPES; shape++) {
    const draw = (what) => random(shape, what, 99)
    const [centreX, centreY] = [draw(0) * width, (0.6 + 0.4 * draw(1)) * height]
    const radius = (0.002 + 0.02 * draw(2) ** 3) * width
    const colour = [40 + 200 * draw(3), 40 + 160 * draw(4), 30 + 150 * draw(5)]
    const opacity = 0.6 + 0.4 * draw(6)
    for (let y = Math.max(0, Math.ceil(centreY - radius)); y < Math.min(height, centreY + radius); y++) {
      const half = Math.sqrt(Math.max(0, radius ** 2 - (y - centreY) ** 2))
      const light = 1 - 0.5 * (y - centreY + radius) / (2 * radius)
      for (let x = Math.max(0, Math.ceil(centreX - half)); x < Math.min(width, centreX + half); x++) {
        const at = (y * width + x) * 4
        for (let channel = 0; channel < 3; channel++) {
          data[at + channel] += (colour[channel] * light - data[at + channel]) * opacity
        }
      }
    }
  }
}

function addGrain (data) {
  let state = 12345
  for (let at = 0; at < data.length; at += 4) {
    for (let channel = 0; channel < 3; channel++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0
      // The sum of two is closer to a bell curve than to a box.
      const grain = (((state >>> 24) + (state >>> 16 & 255)) - 255) / 28
      data[at + channel] = clamp(data[at + channel] + grain)
    }
  }
}

/** Noise of several sizes, 0 to 1. Each size is half as strong as the one before. */
function smoothNoise (scales, x, y, seed) {
  let sum = 0
  let strength = 1
  let most = 0
  for (const scale of scales) {
    const [column, row] = [Math.floor(x / scale), Math.floor(y / scale)]
    const [right, down] = [ease(x / scale - column), ease(y / scale - row)]
    const above = mix(random(column, row, seed), random(column + 1, row, seed), right)
    const below = mix(random(column, row + 1, seed), random(column + 1, row + 1, seed), right)
    sum += strength * mix(above, below, down)
    most += strength
    strength /= 2
  }
  return sum / most
}

function random (x, y, seed) {
  let hash = Math.imul(x, 374761393) + Math.imul(y, 668265263) + Math.imul(seed, 974634777)
  hash = Math.imul(hash ^ (hash >>> 13), 1274126177)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

function mix (from, to, share) {
  return from + (to - from) * share
}

function ease (share) {
  return share * share * (3 - 2 * share)
}

function clamp (value) {
  return value < 0 ? 0 : value > 255 ? 255 : value
}

module.exports = { makePhoto }
