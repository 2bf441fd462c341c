export function neverCalled () {
  return 0
}

for (let index = 0; index < 3; index++) {
  if (index > 5) {
    neverCalled()
  }
}
