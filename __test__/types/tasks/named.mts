import type { TaskContext } from 'isothreads'

export const lengthOf = (text: string) => text.length
export async function copied (bytes: Uint8Array, { move }: TaskContext) {
  return { bytes, buffer: move(new ArrayBuffer(bytes.byteLength)) }
}
export async function * count (to: number) {
  for (let n = 0; n < to; n++) yield n
}
export const lines = async (chunks: AsyncIterable<Uint8Array>) => {
  let lines = 0
  for await (const chunk of chunks) lines += chunk.length
  return lines
}
export const now = () => Date.now()
export const maybe = (date?: Date) => date
// These cannot be called as tasks.
export const version = 1
export const add = (a: number, b: number) => a + b
export class Counter {}
export const teardown = async () => {}
