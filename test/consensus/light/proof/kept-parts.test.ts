import * as assert from 'uvu/assert'
import { KeepingSource, keptParts, keptReader } from '../../../../consensus/light/proof/kept-parts.ts'
import { walkBoundsDefault } from '../../../../consensus/light/proof/limits.ts'
import { ProvedBooks } from '../../../../consensus/light/proof/proved-books.ts'
import { ProofReader } from '../../../../consensus/light/proof/reader.ts'
import { walkPayout } from '../../../../consensus/light/proof/walk.ts'
import { ProofError } from '../../../../consensus/merkle/proof-error.ts'
import { buildProvedLedger } from '../../../fixtures/proved-ledger.ts'
import { trustedEpoch } from '../../../fixtures/proving.ts'
import { suite } from '../../../harness.ts'
import { tempFolder } from '../../../src/temp-folder.ts'

const test = suite('light/proof/kept-parts')

test('whatever payout a walk through a peer has room for, can be kept, and read from what was kept', async () => {
  const { ledger, prover } = await buildProvedLedger(tempFolder())
  const { store, results } = ledger.driver
  let most = 0
  for (const [i, { payouts }] of results.entries()) {
    const trusted = trustedEpoch(store, i + 1)
    for (const { account } of payouts) {
      const walk = (reader: ProofReader) => walkPayout(new ProvedBooks(trusted, reader, 'deep'), account)
      const reader = new ProofReader(prover, walkBoundsDefault)
      const walked = await walk(reader)
      // What the walk took, and not one request more.
      const bounds = { ...walkBoundsDefault, requests: reader.costs.requests }
      const keeping = new KeepingSource(prover)
      assert.equal(await walk(keptReader(keeping, bounds)), walked)
      const kept = keptParts(keeping.parts)
      assert.equal(await walk(keptReader(kept, bounds)), walked)
      most = Math.max(most, keeping.parts.length / bounds.requests)
      if (keeping.parts.length <= bounds.requests) continue
      const error = await walk(new ProofReader(kept, bounds)).then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      assert.ok(error instanceof ProofError && error.check === 'bound')
    }
  }
  assert.ok(most > 1, 'some parts shared a request')
  await prover.close()
  await ledger.driver.close()
})
