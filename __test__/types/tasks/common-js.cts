function resize ({ width }: { width: number }): Uint8Array {
  return new Uint8Array(width)
}
resize.invert = (pixels: Uint8Array): Uint8Array => pixels.map((pixel) => 255 - pixel)
export = resize
