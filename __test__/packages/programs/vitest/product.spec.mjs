import { expect, it } from 'vitest'
import { product } from './sum.mjs'

it('multiplies', () => { expect(product(2, 3)).toBe(6) })
it('clones', () => { expect(structuredClone(new Map([[1, new Date(0)]]))).toEqual(new Map([[1, new Date(0)]])) })
