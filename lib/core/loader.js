'use strict'

/**
 * Loads the files of this package as CommonJS modules, past Node's module cache: each of them once, as long as the loader is there.
 * @param {object} options
 * @param {object} options.native the addon
 * @param {string} options.root the folder of the package
 * @param {(id: string) => object} options.requireBuiltin
 * @param {(filename: string) => Function} options.compile makes a function (exports, require, module, __filename, __dirname) of a file
 * @returns {{ load: (name: string) => object, native: object, root: string }} `load` is `require` with names of files in lib/
 */
function createLoader ({ native, root, requireBuiltin, compile }) {
  const path = requireBuiltin('node:path')
  const lib = path.join(root, 'lib')
  // Files are loaded when they are needed: the program may have changed built-ins by then.
  const modules = { __proto__: null }
  const uncurryThis = Function.prototype.bind.bind(Function.prototype.call)
  const startsWith = uncurryThis(String.prototype.startsWith)
  const slice = uncurryThis(String.prototype.slice)
  const replaceAll = uncurryThis(String.prototype.replaceAll)
  const loader = { native, root, load: name => load(fileOf(lib, name)) }

  // Not path.join(), which calls methods of arrays.
  function fileOf (directory, request) {
    for (; startsWith(request, '../'); request = slice(request, 3)) directory = path.dirname(directory)
    if (startsWith(request, './')) request = slice(request, 2)
    return `${directory}${path.sep}${replaceAll(request, '/', path.sep)}.js`
  }

  function load (filename) {
    const loaded = modules[filename]
    if (loaded !== undefined) return loaded.exports
    const module = { exports: {}, filename }
    modules[filename] = module
    const directory = path.dirname(filename)
    const require = id => startsWith(id, '.') ? load(fileOf(directory, id)) : requireBuiltin(id)
    try {
      compile(filename)(module.exports, require, module, filename, directory)
    } catch (error) {
      delete modules[filename]
      throw error
    }
    return module.exports
  }

  // Else it would be made once more.
  modules[fileOf(lib, 'node/instance')] = { exports: loader }
  return loader
}

module.exports = { createLoader }
