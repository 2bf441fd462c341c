'use strict'

/** The built-in modules of Node that a lean worker has, beside worker_threads. */
const library = [
  'assert', 'assert/strict', 'async_hooks', 'buffer', 'diagnostics_channel', 'events', 'path', 'path/posix', 'path/win32', 'perf_hooks',
  'querystring', 'stream', 'stream/consumers', 'stream/promises', 'stream/web', 'string_decoder', 'timers', 'timers/promises', 'url', 'util',
  'util/types'
]

module.exports = { library }
