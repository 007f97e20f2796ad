import * as assert from 'uvu/assert'
import { possessionBytes } from '../../../consensus/records/validator.ts'
import { type Author, accountOf, Nodes, sameHead, voteKeyOf } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'

const test = suite('node/joining')
const nodes = new Nodes({ validators: 3, authors: ['ana', 'val3'] })
/** All that the newcomer has, and what each of the others has at stake. */
const stake = 1_000_000_000

test.after(() => nodes.stopAll())

function joining(author: Author) {
  const key = voteKeyOf('val3')
  const possession = key.sign(possessionBytes(nodes.chain, author.account))
  return author.write([
    { kind: 'validator', key: key.publicKey, possession, commission: 0, name: 'val3' },
    { kind: 'stake', validator: author.key.publicKey, amount: stake },
  ])
}

test('T13: a node whose account becomes a validator votes two epochs later, by a sixth at a time', async () => {
  const validators = await nodes.startValidators(3)
  const joiner = await nodes.start('val3')
  const ana = nodes.author('ana')
  assert.is(joiner.validator, null)
  const { bytes, cid } = joining(nodes.author('val3'))
  await joiner.submit(bytes)
  await nodes.final(cid, [...validators, joiner])
  const elected = joiner.store.outcomes.get(cid)!.epoch
  const stakes: (number | undefined)[] = []
  joiner.ledger.onEpoch(({ validators: set }) =>
    stakes.push(set.find(({ account }) => account === accountOf('val3'))?.stake),
  )
  await nodes.makeEpochs(elected + 4 - joiner.ledger.head.epoch, ana, joiner, [...validators, joiner])
  // After each epoch, the set of the next one. A busy machine may have made more epochs than were asked for.
  const inOffice = stakes.filter(own => own !== undefined)
  assert.equal(inOffice.slice(0, 4), [stake / 2, stake, stake, stake])
  assert.ok(joiner.validator !== null)
  // Two of the four aren't enough, so from here on nothing becomes final without the newcomer.
  await nodes.stop('val0')
  const rest = [...validators.slice(1), joiner]
  await nodes.makeEpochs(2, ana, rest[0]!, rest)
  assert.ok(sameHead(rest))
  const signers = rest[0]!.ledger.head.certificate!.signatures.length
  assert.is(signers, 3)
  assert.equal(nodes.errors, [])
})
