import * as assert from 'uvu/assert'
import { outcomes } from '../../../../consensus/ledger/outcome.ts'
import { useRecordsTree } from '../../../../consensus/ledger/trees.ts'
import { encodePartAnswer, encodeProofAnswer, type ProvableLeaf } from '../../../../consensus/light/proof/answer.ts'
import type { ProofSource } from '../../../../consensus/light/proof/reader.ts'
import { checkRouted, type RoutedVerdict } from '../../../../consensus/light/proof/routed.ts'
import type { ProofError } from '../../../../consensus/merkle/proof-error.ts'
import { sumLayout, sumRoot } from '../../../../consensus/merkle/sum-tree.ts'
import { TreeLevels } from '../../../../consensus/merkle/tree-levels.ts'
import { refKey } from '../../../../consensus/ref.ts'
import { nativeCrypto as crypto } from '../../../../src/crypto/native.ts'
import { Prover } from '../../../../src/proofs/prover.ts'
import { crooked } from '../../../fixtures/crooked-books.ts'
import { booksOf, trustedEpoch } from '../../../fixtures/proving.ts'
import { buildSmallLedger, type SmallLedger } from '../../../fixtures/small-ledger.ts'
import { suite } from '../../../harness.ts'
import { tempFolder } from '../../../src/temp-folder.ts'

const test = suite('light/proof/routed')

let ledger: SmallLedger
let prover: Prover
type Name = keyof SmallLedger['refs']

test.before(async () => {
  ledger = await buildSmallLedger(tempFolder())
  prover = new Prover(ledger.driver.store)
})

test.after(async () => {
  await prover.close()
  await ledger.driver.close()
})

async function verdict(
  record: readonly [SmallLedger['refs'][Name][0], number],
  asset: Name,
  epoch = 6,
): Promise<RoutedVerdict> {
  const books = booksOf(trustedEpoch(ledger.driver.store, epoch), prover)
  const [batch, index] = record
  return (await checkRouted(books, batch, index, refKey(...ledger.refs[asset]))).verdict
}

test('F3: a paid inference that named an asset was routed to it, by its weight', async () => {
  const found = await verdict(ledger.refs.second, 'tar2')
  assert.is(found.routed, true)
  if (!found.routed) return
  assert.is(found.weight, 700_000)
  assert.is(found.whole, 1_000_003n * 700_000n)
  const flows = ledger.driver.results[5]!.flows
  const inbound = flows.find(({ kind, key }) => kind === 'asset' && key === refKey(...ledger.refs.tar2))!.inbound
  assert.is(found.amount, inbound.find(({ list }) => list === 'uses')!.amount)
})

test('what wasn’t paid, doesn’t name it or isn’t counted was not routed, and why is proved', async () => {
  const { refs } = ledger
  assert.equal(await verdict(refs.second, 'grep'), { routed: false, why: 'not-named' })
  assert.equal(await verdict(refs.unpaid, 'tar'), { routed: false, why: 'not-paid', code: outcomes.unpaid })
  assert.equal(await verdict([refs.first[0], 8], 'tar'), { routed: false, why: 'attributor' })
})

test('a record of another epoch is missing, and a record that is no bill is none', async () => {
  for (const [record, epoch, check] of [
    [ledger.refs.first, 7, 'missing'],
    [ledger.refs.tar, 2, 'record'],
  ] as const) {
    try {
      await verdict(record, 'tar', epoch)
      assert.unreachable(check)
    } catch (error) {
      assert.is((error as ProofError).check, check)
    }
  }
})

test('a record that counts more than its fee times its weight wasn’t routed by the rules', async () => {
  const { store } = ledger.driver
  const tar2 = refKey(...ledger.refs.tar2)
  const part = { type: 'leaf', tree: { name: 'use-records', flow: helper(), to: tar2 }, index: 0 } as const
  const { leaf } = (await prover.prove(6, part)) as ProvableLeaf
  const value = 1_000_003n * 700_000n + 1n
  const leaves = [[leaf, value] as const]
  const records = sumRoot(crypto, useRecordsTree, leaves).hash
  const moved = (weight: number | bigint, by: bigint) => BigInt(weight) + by
  const books = await crooked(store, trustedEpoch(store, 6), ({ flows }) => ({
    flows: flows.map(flow => ({
      ...flow,
      lists: flow.lists.map(list => ({
        ...list,
        // What one part has more another has less: together they are all fees still.
        parts:
          list.name !== 'uses' || flow.key !== helper().key
            ? list.parts
            : list.parts.map(each => {
                if (each.to === tar2) return { ...each, weight: moved(each.weight, 1n), records }
                return each.to === refKey(...ledger.refs.scan) ? { ...each, weight: moved(each.weight, -1n) } : each
              }),
      })),
    })),
  }))
  const path = new TreeLevels(crypto, sumLayout(useRecordsTree), leaves).path(0)
  const source: ProofSource = {
    async ask({ epoch, parts: [asked] }) {
      if (asked!.type !== 'find' || asked!.tree.name !== 'use-records')
        return books.prover.ask({ epoch, parts: [asked!] })
      return encodeProofAnswer([encodePartAnswer(asked!, { leaf, proof: { ...path, value } })])
    },
  }
  try {
    const [batch, index] = ledger.refs.second
    await checkRouted(booksOf(books.trusted, source), batch, index, tar2)
    assert.unreachable('believed')
  } catch (error) {
    assert.is((error as ProofError).check, 'record')
  } finally {
    await books.prover.close()
  }
})

const helper = () => ({ kind: 'model', key: refKey(...ledger.refs.helper) }) as const
