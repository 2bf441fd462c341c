import {
  BroadcastChannel, MessageChannel, MessagePort, moveMessagePortToContext, receiveMessageOnPort, type MessagePortEvent, type MessagePortInContext,
  type Transferable
} from 'isothreads'
import { expectType } from './expect'

const { port1, port2 } = new MessageChannel()
expectType<MessagePort>()(port1)
expectType<MessagePort>()(port2)
// It throws: ports are made in pairs.
expectType<never>()(new MessagePort())
if (port1 instanceof MessagePort) expectType<MessagePort>()(port1)

expectType<void>()(port1.postMessage('value'))
port1.postMessage({ port: port2 }, [port2])
port1.postMessage({ port: port2 }, { transfer: [port2] })
const readonlyList: readonly Transferable[] = [port2, new ArrayBuffer(1), new SharedArrayBuffer(1)]
port1.postMessage(port2, readonlyList)
// @ts-expect-error a list, not the thing itself
port1.postMessage(port2, port2)
expectType<void>()(port1.start())
expectType<void>()(port1.ref())
expectType<void>()(port1.unref())
expectType<boolean>()(port1.hasRef())
expectType<void>()(port1.close())
port1.close((event) => expectType<Event>()(event))

port1
  .on('message', (value) => expectType<any>()(value))
  .on('messageerror', (error) => expectType<any>()(error))
  .on('close', (event) => expectType<Event>()(event))
  .on('other', (value) => expectType<any>()(value))
  .addListener('message', (value) => expectType<any>()(value))
  .once('close', (event) => expectType<Event>()(event))
  .off('message', (value: any) => {})
  .removeListener('message', (value: any) => {})
  .removeAllListeners('message')
  .removeAllListeners()
// @ts-expect-error close comes with an event
port1.on('close', (code: number) => {})
expectType<number>()(port1.listenerCount('message'))
expectType<string[]>()(port1.eventNames())
expectType<boolean>()(port1.emit('message', { any: 'thing' }))

port1.onmessage = (event) => {
  expectType<MessagePortEvent>()(event)
  expectType<any>()(event.data)
  expectType<readonly MessagePort[]>()(event.ports)
}
port1.onmessage = null
port1.onmessageerror = (event) => expectType<any>()(event.data)
port1.addEventListener('message', (event) => expectType<any>()(event.data))
port1.addEventListener('message', { handleEvent: (event) => expectType<any>()(event.data) }, { once: true })
port1.addEventListener('close', (event) => expectType<Event>()(event))
port1.addEventListener('other', (event) => expectType<Event>()(event))
port1.removeEventListener('message', (event) => expectType<any>()(event.data))
expectType<boolean>()(port1.dispatchEvent(new Event('other')))
const target: EventTarget = port1
expectType<EventTarget>()(target)

expectType<{ message: any } | undefined>()(receiveMessageOnPort(port1))
// @ts-expect-error not a port
receiveMessageOnPort({})

const channel = new BroadcastChannel('name')
expectType<string>()(channel.name)
expectType<void>()(channel.postMessage({ any: 'thing' }))
expectType<void>()(channel.close())
expectType<BroadcastChannel>()(channel.ref())
expectType<BroadcastChannel>()(channel.unref())
channel.onmessage = (event) => expectType<any>()(event.data)
channel.addEventListener('message', (event) => expectType<string>()(event.type))
expectType<{ message: any } | undefined>()(receiveMessageOnPort(channel))
// @ts-expect-error a channel has a name
new BroadcastChannel()
// @ts-expect-error nothing can be transferred to any number of receivers
channel.postMessage(new ArrayBuffer(1), [new ArrayBuffer(1)])

const inContext = moveMessagePortToContext(new MessageChannel().port1, {})
expectType<MessagePortInContext>()(inContext)
inContext.onmessage = ({ data, ports }) => ports[0]?.postMessage(data)
// @ts-expect-error it is no emitter
inContext.on('message', () => {})
