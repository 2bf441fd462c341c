export default async function resize ({ width }: { width: number }): Promise<Uint8Array> {
  return new Uint8Array(width)
}
export const invert = (pixels: Uint8Array): Uint8Array => pixels.map((pixel) => 255 - pixel)
