import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { readEnvironment } from '../../src/config/environment.ts'
import { repository } from '../e2e/program.ts'
import { suite } from '../harness.ts'

const test = suite('docs/variables')

test('each variable that the pages, the image and the compose files name is one', () => {
  const files = globSync(['README.md', 'docs/**/*.md', 'Dockerfile', 'compose*.yaml'], { cwd: repository })
  const named = files.flatMap(file => [
    ...readFileSync(join(repository, file), 'utf8').matchAll(/\bOPENLEDGER_[A-Z_]+/g),
  ])
  const names = new Set(named.map(([name]) => name))
  assert.ok(names.has('OPENLEDGER_PASSWORD_FILE') && names.has('OPENLEDGER_ANNOUNCE'))
  // One that is none is refused, even where it is empty.
  readEnvironment(Object.fromEntries([...names].map(name => [name, ''])))
})
