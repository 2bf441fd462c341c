type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false

/** `expectType<Expected>()(value)` compiles only where the value has exactly that type: `any` is not good enough, nor is a subtype. */
export function expectType<Expected> () {
  return <Actual>(value: Actual, ...proof: Same<Expected, Actual> extends true ? [] : [never]): void => {}
}
