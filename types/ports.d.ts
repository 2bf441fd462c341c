import { BroadcastChannel, MessagePort as NodeMessagePort } from 'node:worker_threads'
import { Emitted, EventName, Listener } from './events'
import { StructuredSerializeOptions, TransferList } from './transfer'

export {}

/**
 * Two ports that are connected to each other: a message posted on one arrives on the other. Each may be sent to any thread.
 *
 * @example
 * const { port1, port2 } = new MessageChannel()
 * worker.postMessage({ replyTo: port2 }, [port2])
 * port1.on('message', (reply) => console.log(reply))
 *
 * Node.js docs: class `MessageChannel`.
 */
export class MessageChannel {
  readonly port1: MessagePort
  readonly port2: MessagePort
}

/** The argument of `onmessage` and of listeners that were added with `addEventListener`. */
export interface MessagePortEvent extends Event {
  /** The structured clone of the value that was posted. */
  readonly data: any
  /** The ports that came with the message, in the order of the transfer list. */
  readonly ports: readonly MessagePort[]
}

/** The events of {@link MessagePort} for `on`, `once` and `off`. */
export interface MessagePortListenerMap {
  /** The value itself, where `addEventListener` gets an event with `data`. */
  message: [value: any]
  /** A message arrived that could not be read here. */
  messageerror: [error: any]
  /** The channel is closed: by either side, or because the thread at the other end has ended. Comes once, after all messages. */
  close: [event: Event]
}

/** The events of {@link MessagePort} for `addEventListener`. */
export interface MessagePortEventMap {
  message: MessagePortEvent
  messageerror: MessagePortEvent
  close: Event
}

/** The options of `addEventListener`. */
export interface PortListenerOptions {
  once?: boolean | undefined
  capture?: boolean | undefined
  passive?: boolean | undefined
  signal?: AbortSignal | undefined
}

type AddOptions = boolean | PortListenerOptions
type RemoveOptions = boolean | { capture?: boolean | undefined }
type PortListener<E> = ((event: E) => void) | { handleEvent (event: E): void } | null
// Declared as a method, so that a port is assignable to Node's type, whose events refer to Node's ports.
type EventHandler = { handle (event: MessagePortEvent): void }['handle'] | null
type PortListenerOf<E extends keyof MessagePortEventMap> = PortListener<MessagePortEventMap[E]>

/**
 * One end of a {@link MessageChannel}. It is an `EventTarget`, as in browsers, and has `on`, `once` and `off`, as Node's emitters. Messages
 * arrive in the order posted. Each is delivered in its own task: its promise jobs and `process.nextTick` callbacks run before the next
 * message.
 *
 * Messages queue up until the port is started. The first `message` listener added with `on` or `once` starts it, and so does setting
 * {@link MessagePort.onmessage}; after `addEventListener`, call {@link MessagePort.start}.
 *
 * A port belongs to one thread at a time. A transfer list that names it moves it.
 *
 * Node.js docs: class `MessagePort`.
 */
export interface MessagePort extends EventTarget {
  /** The listener for `message`, if any. Setting it starts the port. */
  onmessage: EventHandler

  /** The listener for `messageerror`, if any. */
  onmessageerror: EventHandler

  /**
   * Sends a structured clone of the value to the other end. It does not wait. It does nothing on a closed channel.
   *
   * @param value any value that the structured clone algorithm allows
   * @param transferList the objects that are moved or shared instead of cloned
   * @throws DataCloneError a part of the value or the list cannot cross, or the list names this port itself; then nothing has been moved
   */
  postMessage (value: any, transferList?: TransferList | StructuredSerializeOptions): void

  /** Starts the delivery of messages, the queued ones first. Does nothing if the port is started already. */
  start (): void

  /**
   * Closes both ends. Messages posted before still arrive on the other side, then `close` on both.
   *
   * @param listener called on `close`
   */
  close (listener?: (event: Event) => void): void

  /** The port keeps its thread's event loop alive. A listener for `message` has the same effect. */
  ref (): void

  /** The port no longer keeps its thread's event loop alive. */
  unref (): void

  /** Whether the port keeps its thread's event loop alive. */
  hasRef (): boolean

  addEventListener<E extends keyof MessagePortEventMap> (type: E, listener: PortListenerOf<E>, options?: AddOptions): void
  addEventListener (type: string, listener: PortListener<Event>, options?: AddOptions): void
  removeEventListener<E extends keyof MessagePortEventMap> (type: E, listener: PortListenerOf<E>, options?: RemoveOptions): void
  removeEventListener (type: string, listener: PortListener<Event>, options?: RemoveOptions): void

  addListener<E extends EventName<MessagePortListenerMap>> (event: E, listener: Listener<MessagePortListenerMap, E>): this
  on<E extends EventName<MessagePortListenerMap>> (event: E, listener: Listener<MessagePortListenerMap, E>): this
  once<E extends EventName<MessagePortListenerMap>> (event: E, listener: Listener<MessagePortListenerMap, E>): this
  removeListener<E extends EventName<MessagePortListenerMap>> (event: E, listener: Listener<MessagePortListenerMap, E>): this
  off<E extends EventName<MessagePortListenerMap>> (event: E, listener: Listener<MessagePortListenerMap, E>): this
  emit<E extends EventName<MessagePortListenerMap>> (event: E, ...args: Emitted<MessagePortListenerMap, E>): boolean

  removeAllListeners (event?: string): this
  listenerCount (event: string): number
  eventNames (): string[]
  setMaxListeners (count: number): void
  getMaxListeners (): number
}
export const MessagePort: {
  /** @deprecated {@link MessageChannel} makes ports. This throws `ERR_CONSTRUCT_CALL_INVALID`. */
  new (): never
  readonly prototype: MessagePort
}

/**
 * Takes the oldest message out of a port's queue, without an event and without waiting, whether the port is started or not. Accepts Node's
 * ports too.
 *
 * @returns an object with the message, which may be `undefined`; `undefined` if the queue is empty
 * @throws TypeError `ERR_INVALID_ARG_TYPE`: not a port
 *
 * Node.js docs: `worker.receiveMessageOnPort(port)`.
 */
export function receiveMessageOnPort (port: MessagePort | BroadcastChannel | NodeMessagePort): { message: any } | undefined

/**
 * A port that was moved to a context of `node:vm`. It has `onmessage`, and is no `EventTarget`; the messages that it receives are objects of
 * that context. It keeps the event loop alive from the start.
 */
export interface MessagePortInContext {
  /** Called with an object `{ data, target, type, ports }` once the port was started. */
  onmessage?: ((event: { data: any, target: MessagePortInContext, type: string, ports: MessagePortInContext[] }) => void) | undefined
  onmessageerror?: ((event: { data: any, target: MessagePortInContext, type: string, ports: MessagePortInContext[] }) => void) | undefined
  postMessage (value: any, transferList?: TransferList | StructuredSerializeOptions): void
  start (): void
  close (listener?: () => void): void
  ref (): void
  unref (): void
  hasRef (): boolean
}

/**
 * Moves a port to a context of `node:vm`. The port here is detached, as if it had been transferred.
 *
 * @param contextifiedSandbox an object that `vm.createContext()` was called with
 * @throws TypeError `ERR_INVALID_ARG_TYPE`: not a port, or not a context
 * @throws Error `ERR_CLOSED_MESSAGE_PORT`: the port is closed, or was moved already
 *
 * Node.js docs: `worker.moveMessagePortToContext(port, contextifiedSandbox)`.
 */
export function moveMessagePortToContext (port: MessagePort | MessagePortInContext | NodeMessagePort, contextifiedSandbox: object): MessagePortInContext

// The class is this package's own and has Node's members, so it has Node's type. It and Node's class receive from each other. It also carries
// this package's views, locks and queues, for which Node's class emits `messageerror`.
export { BroadcastChannel } from 'node:worker_threads'
