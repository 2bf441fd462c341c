'use strict'

/**
 * Everything that the core needs from its host. The host fills this object before it loads any core file other than primordials.js
 * and symbols.js. For Node, lib/node/platform.js does this.
 *
 * @type {{
 *   loader: { native: object, root: string, load: (name: string) => object }, the loader of this file; see loader.js
 *   nodeMajor: number, the Node version whose behaviour and error texts apply
 *   isMainThread: boolean,
 *   types: object, the tests of Node's util.types
 *   inspect: Function, Node's util.inspect; its `custom` is the symbol of a method that prints an object
 *   Buffer: Function, BufferIsBuffer: Function, Event: Function, EventEmitter: Function, URL: Function,
 *   eventTarget: object, the base class of ports and its hooks: { NodeEventTarget, kNewListener, kRemoveListener, kCreateEvent,
 *     defineEventHandler }, and its parent class EventTarget
 *   nextTick: Function, queueMicrotask: Function, setImmediate: Function, setTimeout: Function, clearTimeout: Function,
 *   performanceNow: () => number,
 *   getAbortController: () => Function, getAbortSignal: () => Function, getDOMException: () => Function, classes that the host
 *     creates on first use
 *   getMessageEvent: () => Function,
 *   textEncoding: () => { TextDecoder: Function, TextEncoder: Function },
 *   loadMessageEvent?: () => Function, present where that class takes long to load; ports work without it
 *   emitWarning: (message: string) => void,
 *   hostStructuredClone: (value: unknown, options?: object) => unknown, the host's function, which clones objects unknown to the core
 *   refuseToClone?: (object: object) => void, makes the host's serialiser refuse an object of a class with internal fields
 *   hostObjects: () => object, clones the host's own objects: { checkCloneable, checkTransferable, findCloneSymbols, isForeign,
 *     isHostObject, pack, putTogether, takeApart, unpack }
 *   isHostPort: (value: unknown) => boolean, for ports of other origin
 *   receiveFromHostPort: (port: unknown) => object, receiveMessageOnPort() for ports of other origin
 *   broadcasts: () => object, the host's channels that reach all threads by a name: { isTagged, createEvent?, open, post, postUnreadable,
 *     receive, ref, unref, close }, see node/broadcasts.js
 *   markAsUncloneable: (object: object) => void, markAsUntransferable: (object: object) => void,
 *   isMarkedAsUntransferable: (object: object) => boolean, marks of the host
 *   permission: () => { checkLibrary: (file: string) => void, checkWorkers: () => void }, each throws if this thread may not do it
 *   ringStreams: () => object, creates the streams of a SharedRing
 *   threads: () => { threadId: number, emit: (event: 'workerMessage', value: unknown, source: number) => boolean,
 *     postMessageToThread?: Function }, this thread's id, the host's listeners for messages of other threads, and the host's own function
 *   namedLocks: () => { clientId: string, inContext: (callback: Function) => Function, request, release, nextNotice, listen }, native
 *     functions or others in their place, see web-locks.js; `inContext` keeps the async context
 * }}
 */
module.exports = { __proto__: null }
