'use strict'

const path = require('node:path')
const MinimizerPlugin = require('minimizer-webpack-plugin')
const webpack = require('webpack')

const output = process.argv[2]

webpack({
  mode: 'production',
  target: 'node',
  context: __dirname,
  entry: './source/index.js',
  output: { path: output, filename: '[name].js' },
  cache: false,
  module: {
    rules: [{ test: /\.shout$/, use: [{ loader: 'thread-loader', options: { workers: 2, poolTimeout: 0 } }, path.join(__dirname, 'loader.cjs')] }]
  },
  // The minimizer runs in worker threads.
  optimization: { minimizer: [new MinimizerPlugin({ parallel: 2, extractComments: false })] }
}, (error, stats) => {
  if (error ?? stats.hasErrors()) {
    console.error(error ?? stats.toString())
    process.exitCode = 1
    return
  }
  console.log(stats.toJson().assets.map(({ name, size }) => `${name} ${size}`).join())
  require(path.join(output, 'main.js'))
})
