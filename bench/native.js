'use strict'

const { formatShared } = require('./shared/report')
const { measureSections } = require('./native/measure')

/** Workers written in Rust, beside JavaScript that does the same in Node's Worker and in this package's. */
module.exports = {
  name: 'native',
  description: 'workers written in Rust beside workers in JavaScript',
  method: [
    'Every answer is checked: the same numbers, and pictures of the same size that look alike, from all sides.',
    'fib: the plain recursion in both languages; one worker for all rounds, which has run it before; from the message to the answer.',
    'First message: from the constructor to the `message` event; the median of some workers, one after the other.',
    'Round trip: { n: 1 } there and 1 back; the median of one worker, which is a new one in each round and has warmed up.',
    'Idle worker: the growth of the resident memory of a fresh process, divided by the workers: 50 in JavaScript, 500 in Rust, because',
    'so few of those would be lost in what the main thread needs. Each has answered once, or said that it listens.',
    'Pool: all tasks given in one loop; as many threads as processors; each sample is a fresh process, of which the median burst counts.',
    'fib(10) takes less time than to give a task and take its answer, so that is what is measured; fib(15) takes 6 us in JavaScript.',
    'Work: 4 tasks given at once; what a pool of 2 threads does beside a pool of 1.',
    'Photograph: made here; JPEG of quality 90 with all of the colour (4:4:4), and with a quarter of it (4:2:0), as cameras do; to',
    'a width of 800 with Lanczos (3 lobes), to JPEG of quality 80 and 4:2:0. isothreads-tasks in a pool of 1 thread. sharp without its',
    'cache, and with as many threads for one picture as it says. By default sharp leaves a factor of one at least to the filter, and the',
    'rest to the decoder; ours leaves two, as sharp does without fastShrinkOnLoad. JavaScript in a Node Worker: the fastest decoder',
    'in JavaScript is that of pdfjs-dist, pica resizes the fastest of its kind, jpeg-js the only encoder; it keeps all of the colour.',
    'Resized only: RGBA, transferred there and back; sharp also without the alpha, by which it multiplies.',
    'Every picture is compared with that of pica: samples differ by 1 of 255 in the mean at most, in files by 3.'
  ],
  sections: ['computation', 'workers', 'memory', 'pool', 'photograph'].map((name) => require(`./native/${name}`)),
  full: { rounds: 12, warmup: 1 },
  quick: { rounds: 3, warmup: 1 },
  measure: measureSections,
  format: formatShared
}
