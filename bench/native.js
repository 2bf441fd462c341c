'use strict'

const { formatShared } = require('./shared/report')
const { measureSections } = require('./native/measure')

/** Workers written in Rust, compared with the same work in JavaScript, in Node's Worker and in this package's. */
module.exports = {
  name: 'native',
  description: 'workers written in Rust compared with workers in JavaScript',
  method: [
    'Every result is checked: numbers must be equal, and pictures must have the same size and look alike.',
    'fib: the plain recursion in both languages; one warm worker for all rounds; from the message to the answer.',
    'First message: from the constructor to the `message` event; the median of some workers, one after the other.',
    'Round trip: { n: 1 } there and 1 back; the median of one warm worker, which is new in each round.',
    'Idle worker: the growth of the resident memory of a fresh process, divided by the number of workers: 50 in JavaScript, and 500 in',
    'Rust, because fewer would be too small to measure. Each has answered once, or reported that it listens.',
    'Pool: all tasks submitted in one loop; one thread per processor; each sample is the median burst of a fresh process.',
    'fib(10) takes less time than submitting a task and receiving its result, so only that is measured; fib(15) takes 6 us in JavaScript.',
    'Work: 4 tasks submitted at once; a pool of 2 threads compared with a pool of 1.',
    'Photograph: generated; JPEG of quality 90 with full colour resolution (4:4:4), and with a quarter of it (4:2:0), as cameras write;',
    'resized to a width of 800 with Lanczos (3 lobes), to JPEG of quality 80 and 4:2:0. isothreads-tasks in a pool of 1 thread. sharp',
    'without its cache, with the stated number of threads per picture. By default sharp leaves at least a factor of 1 to the filter, and',
    'the rest to the decoder; ours leaves 2, as sharp without fastShrinkOnLoad. JavaScript in a Node Worker: pdfjs-dist is the fastest',
    'JavaScript decoder, pica the fastest resizer, and jpeg-js the only encoder; it keeps the full colour resolution.',
    'Resized only: RGBA, transferred there and back; sharp also without alpha, by which it would multiply.',
    'Every picture is compared with that of pica: the mean difference is at most 1 of 255, or 3 for files.'
  ],
  sections: ['computation', 'workers', 'memory', 'pool', 'photograph'].map((name) => require(`./native/${name}`)),
  full: { rounds: 12, warmup: 1 },
  quick: { rounds: 3, warmup: 1 },
  measure: measureSections,
  format: formatShared
}
