'use strict'

const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')
const { createHash } = require('node:crypto')
const { once } = require('node:events')
const { spawnSync } = require('node:child_process')

// Package managers wait some days before they take a version that was just published.
const published = '2020-01-01T00:00:00.000Z'

/** @returns {object} the package.json in a tarball of npm's */
function manifestIn (tarball) {
  const { status, stdout, stderr } = spawnSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`tar could not read ${tarball}: ${stderr}`)
  return JSON.parse(stdout)
}

/** @returns {Buffer} a package that is nothing but its package.json */
function tarballOf (manifest) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-placeholder-'))
  try {
    fs.mkdirSync(path.join(folder, 'package'))
    fs.writeFileSync(path.join(folder, 'package', 'package.json'), JSON.stringify(manifest))
    const { status, stdout, stderr } = spawnSync('tar', ['-czf', '-', '-C', folder, 'package'])
    if (status !== 0) throw new Error(`tar failed: ${stderr}`)
    return stdout
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

function distributionOf (content) {
  return {
    integrity: `sha512-${createHash('sha512').update(content).digest('base64')}`,
    shasum: createHash('sha1').update(content).digest('hex')
  }
}

/** What the registry answers about a package, which has one version. */
function packument (manifest, dist) {
  const { name, version } = manifest
  return {
    name,
    'dist-tags': { latest: version },
    versions: { [version]: { ...manifest, _id: `${name}@${version}`, dist } },
    time: { created: published, modified: published, [version]: published }
  }
}

/**
 * Serves packages on this machine as the npm registry does, and nothing else.
 * @param {object} packages
 * @param {string[]} packages.tarballs files as `npm pack` makes them
 * @param {object[]} packages.placeholders manifests of packages for other platforms: they have nothing else in them
 * @returns {Promise<{ url: string, unknown: string[], close: () => void }>} `unknown`: what was asked for and is not there
 */
async function serve ({ tarballs, placeholders }) {
  const documents = new Map()
  const files = new Map()
  const unknown = []
  const server = http.createServer((request, response) => {
    const name = decodeURIComponent(request.url.slice(1))
    if (files.has(name)) return response.end(files.get(name))
    if (documents.has(name)) return response.setHeader('content-type', 'application/json').end(JSON.stringify(documents.get(name)))
    unknown.push(name)
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${server.address().port}/`
  const add = (manifest, content) => {
    const file = `${manifest.name}/-/${path.basename(manifest.name)}-${manifest.version}.tgz`
    files.set(file, content)
    documents.set(manifest.name, packument(manifest, { tarball: url + file, ...distributionOf(content) }))
  }
  for (const manifest of placeholders) add(manifest, tarballOf(manifest))
  for (const tarball of tarballs) add(manifestIn(tarball), fs.readFileSync(tarball))
  return { url, unknown, close: () => server.close() }
}

module.exports = { manifestIn, serve }
