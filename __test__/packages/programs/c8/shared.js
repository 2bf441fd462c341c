exports.shared = function shared (number) {
  if (number > 1) {
    return 'only in a worker'
  }
  return 'only in the main thread'
}
