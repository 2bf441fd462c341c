'use strict'

const { once } = require('node:events')
const { describe, runInWorker } = require('./workers')

async function codeOf (action) {
  try {
    await action()
    return 'none'
  } catch (error) {
    return describe(error)
  }
}

/** @type {import('./run').Probe[]} */
module.exports = [
  { name: '`ERR_WORKER_PATH`', run: ({ Worker }) => codeOf(() => new Worker('a.js')) },
  { name: '`ERR_WORKER_INVALID_EXEC_ARGV`', run: ({ Worker }) => codeOf(() => new Worker('', { eval: true, execArgv: ['--title=a'] })) },
  { name: '`ERR_WORKER_UNSERIALIZABLE_ERROR`', run: (api) => runInWorker(api, 'throw new Proxy({}, { get () { throw 1 }, ownKeys () { throw 1 } })', { stderr: true }) },
  { name: '`ERR_WORKER_UNSUPPORTED_OPERATION`', run: (api) => runInWorker(api, 'process.chdir("/")', { stderr: true }) },
  { name: '`ERR_WORKER_OUT_OF_MEMORY`', run: (api) => runInWorker(api, 'const kept = []; for (;;) kept.push(new Array(1e4).fill({}))', { resourceLimits: { maxOldGenerationSizeMb: 24 } }) },
  { name: '`ERR_UNHANDLED_REJECTION`', run: (api) => runInWorker(api, 'Promise.reject(1)', { stderr: true }) },
  { name: '`ERR_INVALID_ARG_TYPE`', run: ({ Worker }) => codeOf(() => new Worker({})) },
  { name: '`ERR_MISSING_ARGS`', run: ({ MessageChannel }) => codeOf(() => new MessageChannel().port1.postMessage()) },
  { name: '`ERR_CONSTRUCT_CALL_INVALID`', run: ({ MessagePort }) => codeOf(() => new MessagePort()) },
  { name: '`ERR_CONSTRUCT_CALL_REQUIRED`', run: ({ MessageChannel }) => codeOf(() => MessageChannel()) },
  { name: '`DataCloneError`', run: ({ MessageChannel }) => codeOf(() => new MessageChannel().port1.postMessage(() => {})) },
  {
    name: '`ERR_CLOSED_MESSAGE_PORT`',
    async run (api) {
      if (api.moveMessagePortToContext === undefined) throw new TypeError('moveMessagePortToContext is not a function')
      const { port1 } = new api.MessageChannel()
      port1.close()
      await once(port1, 'close')
      return codeOf(() => api.moveMessagePortToContext(port1, require('node:vm').createContext()))
    }
  },
  { name: '`ERR_WORKER_MESSAGING_FAILED`', run: ({ postMessageToThread }) => codeOf(() => postMessageToThread(1e6, 1)) },
  { name: '`ERR_WORKER_MESSAGING_SAME_THREAD`', run: ({ postMessageToThread, threadId }) => codeOf(() => postMessageToThread(threadId, 1)) }
]
