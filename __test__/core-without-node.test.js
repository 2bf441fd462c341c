'use strict'

// lib/core and lib/shared in a bare context of V8: nothing but the language, a native half and a platform.

const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')
const avaTest = require('ava')
const { bounded, packageRoot } = require('./helpers')

const test = bounded(avaTest)
const lib = path.join(packageRoot, 'lib')

/** @returns {{ load: (name: string) => object, compiled: string[] }} `compiled` names what was loaded */
function bareLoader () {
  const context = vm.createContext()
  const compiled = []
  const compile = (name) => {
    const filename = path.join(lib, `${name}.js`)
    compiled.push(name)
    return vm.compileFunction(fs.readFileSync(filename, 'utf8'), ['exports', 'require', 'module'], { filename, parsingContext: context })
  }
  const run = (source) => vm.runInContext(`(${source})`, context)
  const native = run(`new Proxy({
    attach: () => ({ NativePort: class NativePort {}, Composite: class Composite {}, isPort: () => false }),
    takeWorkerSelf: () => null,
    processors: () => 1,
    lockHolder: () => 1
  }, { get: (target, name) => target[name] ?? (() => {}) })`)
  const module = { exports: {} }
  compile('core/loader')(module.exports, undefined, module)
  const requireBuiltin = (id) => { throw new Error(`${id} is of Node`) }
  const loader = module.exports.createLoader({ native, root: packageRoot, separator: path.sep, requireBuiltin, compile })
  Object.assign(loader.load('core/platform'), run(`{
    nodeMajor: 24,
    isMainThread: false,
    types: { isTypedArray: ArrayBuffer.isView, isSharedArrayBuffer: value => value instanceof SharedArrayBuffer },
    inspect: { custom: Symbol('inspect') },
    Event: class Event {},
    EventEmitter: class EventEmitter {},
    eventTarget: { EventTarget: class EventTarget {}, NodeEventTarget: class NodeEventTarget {}, defineEventHandler () {} },
    broadcasts: () => ({}),
    threads: () => ({ threadId: 1, emit: () => false }),
    namedLocks: () => ({ listen () {} }),
    hostObjects: () => ({ takeApart () {}, refuseAsHost () {} })
  }`), { loader })
  return { ...loader, compiled }
}

test('every file of lib/core and lib/shared loads without a module or a global of Node', (t) => {
  const { load, compiled } = bareLoader()
  const names = ['core', 'shared'].flatMap((folder) => fs.readdirSync(path.join(lib, folder)).map((name) => `${folder}/${path.parse(name).name}`))
  for (const name of names) t.notThrows(() => load(name), name)
  t.deepEqual(compiled.filter((name) => !/^(?:core|shared)\//.test(name)), [])
})

test('the classes over shared memory are known by name, and loaded when one arrives', (t) => {
  const { load, compiled } = bareLoader()
  load('shared/index')
  const { isNameOfOurs, putTogether } = load('core/composites')
  load('core/realm')
  t.true(isNameOfOurs('Mutex'))
  t.false(compiled.includes('shared/mutex'))
  const latch = putTogether({ type: 'Latch', total: 3 })
  t.is(latch.count, 3)
  t.true(compiled.includes('shared/latch'))
  t.false(compiled.includes('shared/mutex'))
})
