import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { sabotages } from '../../scripts/sim/sabotages.ts'
import { suite } from '../harness.ts'

const test = suite('sim/sabotages')

test('each of them finds what it damages, once, in the source of today', () => {
  assert.ok(sabotages.length >= 20)
  assert.is(new Set(sabotages.map(({ name }) => name)).size, sabotages.length)
  for (const { name, edits } of sabotages) {
    for (const { file, from } of edits) {
      const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
      assert.is(source.split(from).length - 1, 1, `${name}: ${file}: ${from}`)
    }
  }
})
