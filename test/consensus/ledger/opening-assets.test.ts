/** E1: assets of the opening are decoded once, and held up to a bound, whoever asks for how many of them. */
import * as assert from 'uvu/assert'
import type { AssetCell, WeightedKey } from '../../../consensus/ledger/cells/asset.ts'
import { OpeningAssets } from '../../../consensus/ledger/opening-assets.ts'
import { suite } from '../../harness.ts'

const test = suite('ledger/opening-assets')

const weighted = (count: number): WeightedKey[] => Array.from({ length: count }, (_, i) => [`${i}`, 1])
const shared = { owner: 'o', datanet: 'd', height: 1, originShare: 0 }
const refinement: AssetCell = { kind: 'refinement', ...shared, origins: weighted(32), parents: weighted(16) }
const model: AssetCell = {
  ...{ kind: 'model', owner: 'o', height: 0, bases: weighted(8), baseShare: 0, minBaseShare: 0, attributor: null },
  ...{ data: weighted(64), reach: ['a', 'b'] },
}

function counted(cellOf: (ref: string) => AssetCell | undefined) {
  const reads: string[] = []
  const assets = new OpeningAssets(ref => {
    reads.push(ref)
    return cellOf(ref)
  }, 1_000)
  return { assets, reads }
}

for (const [what, cell, weight] of [
  ['refinements', refinement, 52],
  ['models', model, 76],
  ['refs of nothing', undefined, 4],
] as const) {
  test(`${what}: never more than the bound is held, and each is as it was read`, () => {
    const { assets, reads } = counted(() => cell)
    for (let i = 0; i < 2_000; i++) {
      const got = assets.get(`${i % 500}`)
      assert.is(got?.kind, cell?.kind)
      if (got !== undefined && 'reach' in got) assert.equal([...got.reach], ['a', 'b'])
      assert.ok(assets.held <= 1_000, `${assets.held} are held`)
    }
    assert.ok(reads.length > 500)
  })

  test(`${what}: few are read once`, () => {
    const { assets, reads } = counted(() => cell)
    const few = Math.floor(500 / weight)
    for (let i = 0; i < 10 * few; i++) assets.get(`${i % few}`)
    assert.is(reads.length, few)
  })
}
