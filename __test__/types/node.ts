// Values that may be exchanged with Node's own worker_threads, on every version of @types/node.

import * as node from 'node:worker_threads'
import * as isothreads from 'isothreads'
import { expectType } from './expect'

// The members of Node's types that this package does not have. Everything else can be exchanged. Most are listed in README.md under "Not implemented yet".
type MissingOfModule = 'postMessageToThread' | 'moveMessagePortToContext' | 'isInternalThread' | 'locks'
// Only the types of Node 26 have it: the ports of Node 26 do not.
type MissingOfPort = 'onclose'

type Completed<Ours, Nodes, Missing> = Ours & Pick<Nodes, Extract<keyof Nodes, Missing>>
type WithPrototype<Class, Instance> = Omit<Class, 'prototype'> & { prototype: Instance }
type Port = Completed<isothreads.MessagePort, node.MessagePort, MissingOfPort>
type Channel = { readonly port1: Port, readonly port2: Port }
type Module = Omit<typeof isothreads, 'MessagePort' | 'MessageChannel' | 'parentPort'> & {
  MessagePort: WithPrototype<typeof isothreads.MessagePort, Port> & (new () => never)
  MessageChannel: { new (): Channel, prototype: Channel }
  parentPort: Port | null
}

// A value of this package where Node's type is expected.
export function given (
  threads: Module, worker: isothreads.Worker, port: Port, channel: Channel, options: isothreads.WorkerOptions,
  incomplete: { threads: typeof isothreads }
) {
  const { transferList, ...otherOptions } = options
  // @ts-expect-error it may contain a SharedArrayBuffer, which Node refuses
  const nodeList: node.WorkerOptions['transferList'] = transferList
  // @ts-expect-error it lacks postMessageToThread, for example
  const nodeThreads: typeof node = incomplete.threads
  return [
    threads satisfies Omit<typeof node, MissingOfModule>, worker satisfies node.Worker, port satisfies node.MessagePort,
    channel satisfies node.MessageChannel, otherOptions satisfies node.WorkerOptions, nodeList, nodeThreads,
    new isothreads.BroadcastChannel('name') satisfies node.BroadcastChannel, isothreads.SHARE_ENV satisfies typeof node.SHARE_ENV,
    isothreads.resourceLimits satisfies node.ResourceLimits
  ]
}

// A value of Node where this package's type is expected.
export function taken (
  options: node.WorkerOptions, limits: node.ResourceLimits, channel: node.BroadcastChannel, port: node.MessagePort, list: node.WorkerOptions['transferList']
) {
  new isothreads.Worker('./file.js', options).postMessage(1, list)
  isothreads.parentPort?.postMessage(1, list)
  isothreads.structuredClone(port, { transfer: list })
  return [
    options satisfies isothreads.WorkerOptions, limits satisfies isothreads.ResourceLimits, channel satisfies isothreads.BroadcastChannel,
    node.SHARE_ENV satisfies typeof isothreads.SHARE_ENV, isothreads.receiveMessageOnPort(port)
  ]
}

expectType<typeof node.SHARE_ENV>()(isothreads.SHARE_ENV)
expectType<typeof node.BroadcastChannel>()(isothreads.BroadcastChannel)

new isothreads.Worker('./file.js', { env: node.SHARE_ENV })
new node.Worker('./file.js', { env: isothreads.SHARE_ENV })
// @ts-expect-error another symbol
new isothreads.Worker('./file.js', { env: Symbol('SHARE_ENV') })
