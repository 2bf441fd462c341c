'use strict'

/**
 * What the core needs from its host. The host fills this object before it loads any other file of the core but primordials.js and
 * symbols.js; for Node, lib/node/platform.js does.
 *
 * @type {{
 *   loader: { native: object, root: string, load: (name: string) => object }, what has loaded this file; see loader.js
 *   nodeMajor: number, the version of Node whose behaviour and error texts are followed
 *   isMainThread: boolean,
 *   types: object, the tests of Node's util.types
 *   inspect: Function, Node's util.inspect; its `custom` is the symbol of a method that prints an object
 *   Buffer: Function, BufferIsBuffer: Function, Event: Function, EventEmitter: Function, URL: Function,
 *   eventTarget: object, the base class of ports and its hooks: { NodeEventTarget, kNewListener, kRemoveListener, kCreateEvent,
 *     defineEventHandler }
 *   nextTick: Function, queueMicrotask: Function, setImmediate: Function, setTimeout: Function, clearTimeout: Function,
 *   performanceNow: () => number,
 *   getAbortController: () => Function, getAbortSignal: () => Function, getDOMException: () => Function, classes that are made when
 *     they are first asked for
 *   getMessageEvent: () => Function,
 *   textEncoding: () => { TextDecoder: Function, TextEncoder: Function },
 *   loadMessageEvent?: () => Function, where that class takes long to load: ports make do without it
 *   emitWarning: (message: string) => void,
 *   hostStructuredClone: (value: unknown, options?: object) => unknown, the host's own, which knows objects that the core does not
 *   hostObjects: () => object, how the host's own objects are cloned: { checkCloneable, findCloneSymbols, isHostObject, putTogether,
 *     refuseAsHost, takeApart }
 *   receiveFromHostPort: (port: unknown) => object, receiveMessageOnPort() for ports that are not of this package
 *   markAsUncloneable: (object: object) => void, markAsUntransferable: (object: object) => void,
 *   isMarkedAsUntransferable: (object: object) => boolean, marks of the host
 *   permission: () => { checkLibrary: (file: string) => void, checkWorkers: () => void }, throws what is forbidden on this thread
 *   ringStreams: () => object, the streams that a SharedRing makes
 * }}
 */
module.exports = { __proto__: null }
