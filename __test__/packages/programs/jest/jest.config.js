module.exports = {
  workerThreads: true,
  maxWorkers: 2,
  collectCoverage: true,
  coverageProvider: 'v8',
  coverageReporters: ['json', 'text'],
  collectCoverageFrom: ['sum.js']
}
