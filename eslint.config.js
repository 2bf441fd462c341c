'use strict'

const vm = require('node:vm')
const js = require('@eslint/js')
const stylistic = require('@stylistic/eslint-plugin')

const globals = Object.fromEntries(
  [...Object.getOwnPropertyNames(globalThis), 'require', 'module', 'exports', '__filename', '__dirname'].map((name) => [name, 'readonly'])
)

// Programs that the tests run as they are: the document's examples, those of other packages, and sources that a linter would have to refuse.
const fixtures = ['__test__/document/', '__test__/fixtures/', '__test__/packages/programs/']

// The rules of lib/core/primordials.js, as far as a linter can see them.
const own = (name) => `[callee.property.type="Identifier"][callee.property.name=/^(?:${name})$/]:not([callee.object.name="path"])`
const restrictedSyntax = [
  ['ForOfStatement[await=false]', 'It calls an iterator that a program may have changed. Walk by index, or with forEach() of a SafeMap or SafeSet.'],
  [':matches(ArrayExpression, CallExpression, NewExpression) > SpreadElement', 'It calls an iterator that a program may have changed.'],
  ['ClassDeclaration[superClass] > ClassBody:not(:has(> MethodDefinition[kind="constructor"]))', 'Write a constructor: see primordials.js.'],
  ['ArrayPattern', 'It calls an iterator that a program may have changed. Read the elements by index.'],
  ['BinaryExpression[operator="instanceof"]', 'It calls Symbol.hasInstance. Use isInstance(), or a test of util.types.'],
  [`CallExpression${own('then|catch|finally')}`, 'Await the promise, or use whenSettled().'],
  [
    `CallExpression${own('apply|bind|call|concat|endsWith|every|filter|find|findIndex|flatMap|includes|indexOf|join|map|match|replace|' +
      'replaceAll|slice|some|sort|splice|split|startsWith|subarray|test|toString|trim|unshift')}`,
    'A program may have changed this method: take it from primordials.js.'
  ],
  [
    'CallExpression[callee.name=/^(?:Object|Reflect)DefineProperty$/] > ObjectExpression:not(:has(> Property[key.name="__proto__"]))',
    'What a descriptor does not have is looked up on Object.prototype: write `__proto__: null` into it.'
  ]
]
// A bare context has no modules but the files of this package, and no globals but those of the language.
const coreFolders = ['lib/core/**', 'lib/lean/**', 'lib/shared/**']
const restrictedInCore = ['CallExpression[callee.name="require"]:not([arguments.0.value=/^[.]{1,2}[/]/])', 'ImportExpression']
  .map((selector) => ({ selector, message: 'The core knows no host: platform.js has what it needs of one.' }))
const languageGlobals = new Set(vm.runInNewContext('Object.getOwnPropertyNames(globalThis)'))
const hostGlobals = Object.getOwnPropertyNames(globalThis).filter((name) => !languageGlobals.has(name))
const builtIns = [
  'AggregateError', 'Array', 'ArrayBuffer', 'Atomics', 'BigInt', 'BigInt64Array', 'BigUint64Array', 'Boolean', 'Buffer', 'DataView', 'Date', 'Error',
  'EvalError', 'Event', 'FinalizationRegistry', 'Float32Array', 'Float64Array', 'Function', 'Int16Array', 'Int32Array', 'Int8Array', 'JSON', 'Map',
  'Math', 'Number', 'Object', 'Promise', 'Proxy', 'RangeError', 'ReferenceError', 'Reflect', 'RegExp', 'Set', 'SharedArrayBuffer', 'String', 'Symbol',
  'SyntaxError', 'TypeError', 'URIError', 'URL', 'Uint16Array', 'Uint32Array', 'Uint8Array', 'WeakMap', 'WeakRef', 'WeakSet', 'AbortController',
  'AbortSignal', 'Blob', 'DOMException', 'MessageEvent', 'clearTimeout', 'performance', 'process', 'queueMicrotask', 'setImmediate', 'setTimeout',
  'structuredClone'
]

module.exports = [
  { ignores: ['target/', 'binaries/', 'packages/', '.node-versions/', 'lib/lean/cjs-module-lexer.js', ...fixtures] },
  js.configs.recommended,
  stylistic.configs.customize({ indent: 2, quotes: 'single', semi: false, braceStyle: '1tbs', commaDangle: 'never' }),
  {
    files: ['**/*.js'],
    languageOptions: { ecmaVersion: 2023, sourceType: 'commonjs', globals },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@stylistic/arrow-parens': 'off',
      '@stylistic/generator-star-spacing': ['error', 'both'],
      '@stylistic/max-len': ['error', { code: 140, ignoreUrls: true, ignoreRegExpLiterals: true }],
      '@stylistic/max-statements-per-line': 'off',
      '@stylistic/multiline-ternary': 'off',
      '@stylistic/operator-linebreak': 'off',
      '@stylistic/quote-props': 'off',
      '@stylistic/quotes': ['error', 'single', { avoidEscape: true, allowTemplateLiterals: 'always' }],
      '@stylistic/space-before-function-paren': ['error', 'always'],
      '@stylistic/yield-star-spacing': ['error', 'both'],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-new-func': 'error',
      'no-var': 'error',
      'object-shorthand': ['error', 'properties'],
      'prefer-const': 'error',
      strict: ['error', 'global']
    }
  },
  {
    files: ['lib/**'],
    ignores: [
      'lib/core/primordials.js',
      // They are not loaded in programs, or run before any code of a program does.
      ...['core/loader', 'node/binary', 'node/binding', 'node/instance', 'node/ports', 'node/top-level-await', 'node/bootstrap/preload', 'lean/preload', 'cli/*'].map((name) => `lib/${name}.js`)
    ],
    rules: {
      'no-restricted-globals': ['error', ...builtIns.map((name) => ({ name, message: 'Take it from primordials.js.' }))],
      'no-restricted-syntax': ['error', ...restrictedSyntax.map(([selector, message]) => ({ selector, message }))]
    }
  },
  {
    files: coreFolders,
    languageOptions: { globals: Object.fromEntries([...hostGlobals, '__filename', '__dirname'].map((name) => [name, 'off'])) },
    rules: {
      'no-restricted-syntax': ['error', ...restrictedSyntax.map(([selector, message]) => ({ selector, message })), ...restrictedInCore]
    }
  },
  {
    files: ['lib/core/loader.js', 'lib/core/primordials.js', 'lib/lean/preload.js'],
    rules: { 'no-restricted-syntax': ['error', ...restrictedInCore] }
  },
  {
    // A test's title and the table of what it expects are easier to read in one line each.
    files: ['__test__/**', 'eslint.config.js'],
    rules: { '@stylistic/max-len': 'off' }
  },
  {
    // The body of a function with a parameter more.
    files: ['lib/node/bootstrap/preload.js'],
    languageOptions: { globals: { compile: 'readonly', addonLoaded: 'readonly', leaveBeforeBreak: 'readonly', hasVariables: 'readonly' } },
    rules: { strict: 'off' }
  },
  {
    files: ['lib/lean/preload.js'],
    languageOptions: { globals: { native: 'readonly', host: 'readonly' } },
    rules: { strict: 'off' }
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { ecmaVersion: 2023, sourceType: 'module', globals }
  }
]
