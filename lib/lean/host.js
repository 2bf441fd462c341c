'use strict'

/**
 * What the shim gives to the JavaScript of a bare isolate; see src/engine/shim/lean/functions.cc. preload.js fills it before it
 * loads any other file of lib/lean.
 *
 * @type {{
 *   nodeMajor: number, the Node version of the process
 *   compileFunction: (text: string | number, filename: string, parameters: string[]) => Function, a number stands for a shared source
 *   esModules: () => object, what es-modules.js needs: see src/engine/shim/lean/modules.cc
 *   setImportHandler: (load: (specifier: string, referrer: string, attributes: string[], phase: number) => Promise<object>) => void,
 *   setUncaughtHandler: (handle: (error: unknown, isFromPromise: boolean) => void) => void,
 *   enqueueMicrotask: (callback: Function) => void, what it throws is an uncaught error
 *   runMicrotasks: () => void, between two callbacks that are tasks of their own
 *   close: () => void, the worker ends after the current task
 *   heldMemory: () => number, bytes of the heap and of buffers
 *   libraryFunctions: () => object, what Node's library files need of V8; see src/engine/shim/lean/library.cc
 *   types: object, the tests of Node's util.types
 *   areLocksOfParent: boolean, Node has named locks, which are the parent's to ask for
 * }}
 */
module.exports = { __proto__: null }
