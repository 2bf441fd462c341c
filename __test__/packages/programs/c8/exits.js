function before () {
  return 1
}

before()
process.exit()
before()
