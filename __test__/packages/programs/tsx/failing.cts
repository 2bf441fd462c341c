interface Shape {
  sides: number
}

function fail (shape: Shape): never {
  throw new Error(`${shape.sides} sides`)
}

fail({ sides: 4 })
