import { existsSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { makeFolder } from '../../../src/store/folder.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('store/folder')
const folder = tempFolder()

async function refusal(path: string): Promise<string | undefined> {
  return await makeFolder(path, 0o700).then(
    () => undefined,
    error => error.code,
  )
}

test('made with those above it, each for its owner alone; one that is there stays', async () => {
  const path = join(folder, 'one', 'two', 'three')
  for (const _ of [1, 2]) assert.is(await refusal(path), undefined)
  for (const made of ['one', 'one/two', 'one/two/three']) {
    assert.is(statSync(join(folder, made)).mode & 0o777, 0o700, made)
  }
})

test('what is no folder is none, and none is in it', async () => {
  const file = join(folder, 'file')
  const nowhere = join(folder, 'nowhere')
  writeFileSync(file, '')
  symlinkSync(join(folder, 'missing', 'place'), nowhere)
  assert.equal(
    [await refusal(file), await refusal(join(file, 'in')), await refusal(nowhere)],
    ['no-folder', 'no-folder', 'no-folder'],
  )
})

test('where the system says that the place is missing though it is there, it ends', async () => {
  if (!existsSync('/proc/self')) return
  assert.equal(
    [await refusal('/proc/none'), await refusal('/proc/none/deeper')],
    ['store-not-writable', 'store-not-writable'],
  )
})
