import { existsSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { residentMiB } from '../../../scripts/load/resident.ts'
import { suite } from '../../harness.ts'

const test = suite('scripts/load/resident')

test('a process has the memory that the system says, and one that is gone has none rather than 0', () => {
  const own = residentMiB(process.pid)
  if (existsSync('/proc/self')) assert.ok(own !== undefined && own > 10 && own < 10_000, `${own}`)
  else assert.is(own, undefined)
  assert.is(residentMiB(2 ** 30), undefined)
})
