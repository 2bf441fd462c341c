export default async function resize ({ width }: { width: number }) {
  return new Uint8Array(width)
}
export const invert = (pixels: Uint8Array) => pixels.map((pixel) => 255 - pixel)
