import * as assert from 'uvu/assert'
import { outcomes } from '../../../../consensus/ledger/outcome.ts'
import { checkRouted, type RoutedVerdict } from '../../../../consensus/light/proof/routed.ts'
import type { ProofError } from '../../../../consensus/merkle/proof-error.ts'
import { refKey } from '../../../../consensus/ref.ts'
import { Prover } from '../../../../src/proofs/prover.ts'
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
