'use strict'

/**
 * Loads the files of this package as CommonJS modules, past Node's module cache: each of them once, as long as the loader is there.
 * @param {object} options
 * @param {object} options.native the addon
 * @param {string} options.root the folder of the package
 * @param {(id: string) => object} options.requireBuiltin
 * @param {(filename: string) => Function} options.compile makes a function (exports, require, module, __filename, __dirname) of a file
 * @returns {{ load: (name: string) => object, native: object }} `load` is `require` with names of files in lib/
 */
function createLoader ({ native, root, requireBuiltin, compile }) {
  const path = requireBuiltin('node:path')
  const lib = path.join(root, 'lib')
  const modules = new Map()
  const loader = { native, load: name => load(path.join(lib, `${name}.js`)) }

  function load (filename) {
    const loaded = modules.get(filename)
    if (loaded !== undefined) return loaded.exports
    const module = { exports: {}, filename }
    modules.set(filename, module)
    const directory = path.dirname(filename)
    const require = id => id.startsWith('.') ? load(path.join(directory, `${id}.js`)) : requireBuiltin(id)
    try {
      compile(filename)(module.exports, require, module, filename, directory)
    } catch (error) {
      modules.delete(filename)
      throw error
    }
    return module.exports
  }

  // What the loader itself is made from.
  modules.set(path.join(lib, 'instance.js'), { exports: loader })
  modules.set(path.join(lib, 'native.js'), { exports: native })
  return loader
}

module.exports = { createLoader }
