'use strict'

// Reads docs/floors.txt: the worlds, their floors, and what each floor may use.

/**
 * @typedef {object} World
 * @property {string} name
 * @property {number} line where it begins
 * @property {Map<string, { uses: Set<string>, line: number }>} floors by name, the highest first
 */

/**
 * @param {string} text
 * @returns {Map<string, World>} by name
 * @throws {Error} with the line, when a floor would use one that is not further down
 */
function readFloors (text) {
  const worlds = new Map()
  let world
  for (const [index, content] of text.split('\n').entries()) {
    const line = index + 1
    const fail = (reason) => { throw new Error(`docs/floors.txt:${line}: ${reason}`) }
    if (/^\s*(?:#|$)/.test(content)) continue
    const header = /^(\w+):/.exec(content)
    if (header) {
      world = { name: header[1], line, floors: new Map() }
      worlds.set(world.name, world)
      continue
    }
    const { 1: name, 2: uses = '' } = /^ +(\S+)(?: +-> +(.*))?$/.exec(content) ?? fail('neither a world nor a floor')
    if (world === undefined) fail('a floor before the first world')
    if (world.floors.has(name)) fail(`${name} stands here twice`)
    world.floors.set(name, { uses: new Set(uses.split(/\s+/).filter(Boolean)), line })
  }
  for (const { floors } of worlds.values()) resolve(floors)
  return worlds
}

function resolve (floors) {
  const names = [...floors.keys()]
  for (const [index, name] of names.entries()) {
    const { uses, line } = floors.get(name)
    const below = names.slice(index + 1)
    if (uses.delete('below')) for (const floor of below) uses.add(floor)
    const wrong = [...uses].find((used) => used !== 'outside' && !below.includes(used))
    if (wrong !== undefined) {
      throw new Error(`docs/floors.txt:${line}: ${name} may only use what stands further down; ${wrong} is not there`)
    }
  }
}

module.exports = { readFloors }
