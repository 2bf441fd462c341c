'use strict'

const js = require('@eslint/js')
const stylistic = require('@stylistic/eslint-plugin')

const globals = Object.fromEntries(
  [...Object.getOwnPropertyNames(globalThis), 'require', 'module', 'exports', '__filename', '__dirname'].map((name) => [name, 'readonly'])
)

// Programs that the tests run as they are: the document's examples, and sources that a linter would have to refuse.
const fixtures = ['__test__/document/', '__test__/fixtures/']

module.exports = [
  { ignores: ['target/', 'binaries/', '.node-versions/', ...fixtures] },
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
    // A test's title and the table of what it expects are easier to read in one line each.
    files: ['__test__/**'],
    rules: { '@stylistic/max-len': 'off' }
  },
  {
    // The body of a function with a parameter more.
    files: ['lib/bootstrap/preload.js'],
    languageOptions: { globals: { compile: 'readonly', addonLoaded: 'readonly' } },
    rules: { strict: 'off' }
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { ecmaVersion: 2023, sourceType: 'module', globals }
  }
]
