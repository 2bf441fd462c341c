'use strict'

/**
 * Loads the files of this package as CommonJS modules, past the host's module cache: each of them once, as long as the loader is there.
 * A file goes by its path in lib/, with slashes and without the extension: 'core/realm'.
 * @param {object} options
 * @param {object} options.native the addon
 * @param {string} options.root the folder of the package
 * @param {string} options.separator of the parts of a path
 * @param {(id: string) => object} options.requireBuiltin `require` for modules of the host; the core asks for none
 * @param {(name: string, filename: string) => Function} options.compile makes a function (exports, require, module) of a file
 * @returns {{ load: (name: string) => object, native: object, root: string }}
 */
function createLoader ({ native, root, separator, requireBuiltin, compile }) {
  // Files are loaded when they are needed: the program may have changed built-ins by then.
  const modules = { __proto__: null }
  const uncurryThis = Function.prototype.bind.bind(Function.prototype.call)
  const startsWith = uncurryThis(String.prototype.startsWith)
  const lastIndexOf = uncurryThis(String.prototype.lastIndexOf)
  const slice = uncurryThis(String.prototype.slice)
  const replaceAll = uncurryThis(String.prototype.replaceAll)
  const { max } = Math
  const loader = { native, root, load }

  // '' is lib/ itself.
  function folderOf (name) {
    return slice(name, 0, max(0, lastIndexOf(name, '/')))
  }

  function resolve (folder, request) {
    for (; startsWith(request, '../'); request = slice(request, 3)) folder = folderOf(folder)
    if (startsWith(request, './')) request = slice(request, 2)
    return folder === '' ? request : `${folder}/${request}`
  }

  function load (name) {
    const loaded = modules[name]
    if (loaded !== undefined) return loaded.exports
    const filename = `${root}${separator}lib${separator}${replaceAll(name, '/', separator)}.js`
    const module = { exports: {}, filename }
    modules[name] = module
    const folder = folderOf(name)
    const require = id => startsWith(id, '.') ? load(resolve(folder, id)) : requireBuiltin(id)
    try {
      compile(name, filename)(module.exports, require, module)
    } catch (error) {
      delete modules[name]
      throw error
    }
    return module.exports
  }

  // Else it would be made once more.
  modules['node/instance'] = { exports: loader }
  return loader
}

module.exports = { createLoader }
