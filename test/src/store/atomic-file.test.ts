import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { writeFileAtomic } from '../../../src/store/atomic-file.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('store/atomic-file')

test('a file is written with its mode, and replaced', async () => {
  const dir = tempFolder()
  const path = join(dir, 'file')
  await writeFileAtomic(path, 'one', { mode: 0o600, existing: 'refuse' })
  assert.is((await stat(path)).mode & 0o777, 0o600)
  await writeFileAtomic(path, Uint8Array.of(0x74, 0x77, 0x6f), { mode: 0o640, existing: 'replace' })
  assert.is(await readFile(path, 'utf8'), 'two')
  assert.is((await stat(path)).mode & 0o777, 0o640)
  assert.equal(await readdir(dir), ['file'])
})

test('an existing file is not touched when that is refused', async () => {
  const dir = tempFolder()
  const path = join(dir, 'file')
  await writeFile(path, 'theirs')
  assert.is(await codeOf(writeFileAtomic(path, 'ours', { mode: 0o600, existing: 'refuse' })), 'EEXIST')
  assert.is(await readFile(path, 'utf8'), 'theirs')
  assert.equal(await readdir(dir), ['file'])
})

test('where the file cannot be put in place, no draft is left', async () => {
  const dir = tempFolder()
  const path = join(dir, 'folder')
  await mkdir(path)
  await writeFile(join(path, 'inside'), '')
  assert.is(await codeOf(writeFileAtomic(path, 'ours', { mode: 0o600, existing: 'replace' })), 'EISDIR')
  assert.equal(await readdir(dir), ['folder'])
  assert.is(
    await codeOf(writeFileAtomic(join(dir, 'none', 'file'), 'ours', { mode: 0o600, existing: 'replace' })),
    'ENOENT',
  )
})

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}
