import * as assert from 'uvu/assert'
import { readU64, toHex, writeU64 } from '../../../consensus/bytes.ts'
import { StateHasher } from '../../../consensus/merkle/state-hasher.ts'
import { rootPageKey, StatePageError } from '../../../consensus/merkle/state-page.ts'
import { checkPage, childClaims, rootClaim, walkStatePages } from '../../../consensus/merkle/state-walk.ts'
import { suite } from '../../harness.ts'
import { sha256 } from './naive-trees.ts'
import { chosenPaths, crowdedKeys, numberedKeys, numberedValue, StoredState } from './stored-state.ts'

const test = suite('merkle/state-walk')

function stateOf(keys: readonly string[]): StoredState {
  const state = new StoredState(chosenPaths)
  state.update(keys.map((key, i) => [key, numberedValue(i)]))
  return state
}

const faults = (state: StoredState, root = state.root) =>
  [...walkStatePages(state.crypto, state, root)].flatMap(({ key, fault }) =>
    fault === undefined ? [] : [[key, fault]],
  )

test('a sound tree is visited page by page, and its leaves are all there', () => {
  for (const keys of [[], numberedKeys(1), numberedKeys(32), numberedKeys(700), crowdedKeys(300, 4)]) {
    const state = stateOf(keys)
    const walked = [...walkStatePages(state.crypto, state, state.root)]
    assert.equal(
      walked.map(({ key }) => key).sort(),
      keys.length === 0 ? [rootPageKey] : [...state.pages.keys()].sort(),
    )
    assert.ok(walked.every(({ fault }) => fault === undefined))
    const hashes = walked.flatMap(({ page }) =>
      page?.kind === 'leaf'
        ? Array.from({ length: page.size }, (_, i) => toHex(page.entries.subarray(64 * i + 32, 64 * i + 64)))
        : [],
    )
    assert.equal(hashes.sort(), [...state.values.values()].map(value => toHex(sha256(value))).sort())
  }
})

test('whichever byte of whichever page is changed, that page is named and no other', () => {
  const state = stateOf(crowdedKeys(90, 5))
  for (const [key, bytes] of [...state.pages]) {
    for (let at = 0; at < bytes.length; at += 13) {
      const changed = bytes.slice()
      changed[at]! ^= 1 << (at & 7)
      state.pages.set(key, changed)
      const found = faults(state)
      assert.is(found.length, 1, `byte ${at} of page ${toHex(Buffer.from(key, 'latin1'))}`)
      assert.is(found[0]![0], key)
    }
    state.pages.delete(key)
    assert.equal(faults(state), [[key, 'missing']])
    state.pages.set(key, bytes)
  }
  assert.equal(faults(state), [])
})

test('another root, or a tree where none should be, is the topmost page’s fault', () => {
  const state = stateOf(numberedKeys(50))
  assert.equal(faults(state, new Uint8Array(32)), [[rootPageKey, 'wrong']])
  assert.equal(faults(new StoredState(), state.root), [[rootPageKey, 'missing']])
})

test('two counts changed so that their sum stays are still found', () => {
  const state = stateOf(numberedKeys(3000))
  const bytes = state.pages.get(rootPageKey)!.slice()
  for (const [child, by] of [
    [0, 1],
    [1, -1],
  ] as const) {
    const at = 2 + child * 41
    writeU64(bytes, at, readU64(bytes, at) + by)
  }
  state.pages.set(rootPageKey, bytes)
  assert.equal(faults(state), [[rootPageKey, 'wrong']])
})

test('pages from a stranger are checked one by one, from the root down', () => {
  const state = stateOf(numberedKeys(3000))
  const hasher = new StateHasher(state.crypto)
  const claim = rootClaim(state.root)
  const top = checkPage(hasher, claim, state.pages.get(rootPageKey))
  const claims = childClaims(rootPageKey, top)
  assert.is(claims.length, 256)
  for (const child of claims) checkPage(hasher, child, state.pages.get(child.key))
  const [first, second] = claims
  const refused = (error: unknown) => error instanceof StatePageError && error.page === first!.key
  assert.throws(() => checkPage(hasher, first!, state.pages.get(second!.key)), refused)
  assert.throws(() => checkPage(hasher, first!, undefined), refused)
  assert.throws(() => checkPage(hasher, { ...first!, count: first!.count! + 1 }, state.pages.get(first!.key)), refused)
})
