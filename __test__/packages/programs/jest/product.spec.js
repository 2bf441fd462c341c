const { product } = require('./sum')

test('multiplies', () => { expect(product(2, 3)).toBe(6) })
test('clones', () => { expect(structuredClone(new Map([[1, new Date(0)]]))).toEqual(new Map([[1, new Date(0)]])) })
