/** Writes the pages that are generated: `npm run docs`. A test fails while one is stale. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { generatedPages } from './pages.ts'

const root = resolve(import.meta.dirname, '../..')
for (const [path, page] of Object.entries(generatedPages)) {
  writeFileSync(resolve(root, path), page())
  console.log(path)
}
