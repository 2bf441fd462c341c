export type Answer = { answer: number }

export function double (number: number): number {
  return 2 * number
}
