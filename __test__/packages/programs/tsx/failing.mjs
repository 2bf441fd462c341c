import { tsImport } from 'tsx/esm/api'

await tsImport('./failing.cts', import.meta.url)
