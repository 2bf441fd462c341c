'use strict'

// Writes a picture as a JPEG file, then resizes, blurs and greys it, all in parallel on two threads.

const assert = require('node:assert')
const { WorkerPool } = require('../..') // of your own: require('isothreads')
const tasks = require('..') // require('isothreads-tasks')

/** Red, green, blue, alpha: from black to red to the right, and to green downwards. */
function makePicture (width, height) {
  const data = new Uint8ClampedArray(width * height * 4)
  for (let place = 0; place < width * height; place++) {
    const [x, y] = [place % width, Math.floor(place / width)]
    data.set([x * 255 / width, y * 255 / height, 0, 255], place * 4)
  }
  return { data, width, height }
}

async function main () {
  const pool = new WorkerPool(tasks.library, 2)
  const picture = makePicture(1200, 800)
  const transferList = [picture.data.buffer]
  const photograph = await pool.exec({ data: picture, format: 'jpeg', quality: 90 }, { name: 'encode', transferList })
  console.log('encode', photograph.format, photograph.data.length, 'bytes')

  const info = await pool.exec({ data: photograph.data }, { name: 'imageInfo' })
  console.log('imageInfo', info)
  assert.deepStrictEqual([info.format, info.width, info.height], ['jpeg', 1200, 800])

  const steps = {}
  const onProgress = ({ step, fraction }) => { steps[step] = fraction }
  const [small, soft, grey] = await Promise.all([
    pool.exec({ data: photograph.data, width: 300, format: 'raw' }, { name: 'resize', onProgress }),
    pool.exec({ data: photograph.data, sigma: 5, format: 'png' }, { name: 'blur' }),
    pool.exec({ data: photograph.data }, { name: 'grey' })
  ])
  console.log('resize', small.width, small.height, steps)
  console.log('blur', soft.format, soft.data.length, 'bytes')
  console.log('grey', grey.format, grey.data.length, 'bytes')
  assert.deepStrictEqual([small.width, small.height], [300, 200])
  assert.deepStrictEqual(steps, { decode: 0.5, resize: 0.75, encode: 1 })
  const last = [...small.data.subarray(-4)]
  assert.ok(last[0] > 245 && last[1] > 245 && last[2] < 10 && last[3] === 255, String(last))
  await pool.close()
}

main()
