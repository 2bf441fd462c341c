'use strict'

/**
 * Loads the files of this package as CommonJS modules and bypasses the host's module cache. The loader loads each file once.
 * A file's name is its path in lib/, with slashes and without the extension: 'core/realm'.
 * @param {object} options
 * @param {object} options.native the addon
 * @param {string} options.root the folder of the package
 * @param {string} options.separator the path separator
 * @param {(id: string) => object} options.requireBuiltin `require` for modules of the host; the core never calls it
 * @param {(name: string, filename: string) => Function} options.compile compiles a file to a function (exports, require, module)
 * @returns {{ load: (name: string) => object, native: object, root: string }}
 */
function createLoader ({ native, root, separator, requireBuiltin, compile }) {
  // Files are loaded on demand. The program may have changed built-ins by then.
  const modules = { __proto__: null }
  const uncurryThis = Function.prototype.bind.bind(Function.prototype.call)
  const startsWith = uncurryThis(String.prototype.startsWith)
  const lastIndexOf = uncurryThis(String.prototype.lastIndexOf)
  const slice = uncurryThis(String.prototype.slice)
  const replaceAll = uncurryThis(String.prototype.replaceAll)
  const { max } = Math
  const loader = { native, root, load }

  // '' stands for lib/.
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

  // Otherwise a second loader would be created.
  modules['node/instance'] = { exports: loader }
  return loader
}

module.exports = { createLoader }
