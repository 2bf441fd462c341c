import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    pool: 'threads',
    maxWorkers: 2,
    coverage: { enabled: true, provider: 'v8', reportOnFailure: true, include: ['*.mjs'], exclude: ['*.config.mjs', '*.spec.mjs'], reporter: ['json', 'text'] }
  }
})
