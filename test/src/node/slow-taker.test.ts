import * as assert from 'uvu/assert'
import type { SubmitAnswer } from '../../../network/protocols/submit.ts'
import { HandOver, type HandOverOptions } from '../../../src/node/hand-over.ts'
import { LoneLedger } from '../../fixtures/lone-ledger.ts'
import { Nodes } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('node/slow-taker')
const nodes = new Nodes()
const silent = () => {}
const turn = () => new Promise(resolve => setImmediate(resolve))

test('a peer that is slow to take batches is given each but once, and the others are not kept waiting', async () => {
  const lone = await LoneLedger.open(nodes, tempFolder())
  const ana = nodes.author('ana')
  const batches = [ana.transfer(), ana.transfer()]
  for (const { bytes } of batches) await lone.ingest.take(bytes, { durable: true })
  const given: string[] = []
  const slow = Promise.withResolvers<SubmitAnswer>()
  let isAlone = true
  const submit = (peer: string): Promise<SubmitAnswer> => {
    given.push(peer)
    return peer === 'slow' ? slow.promise : Promise.resolve({ outcome: 'accepted' })
  }
  const network = { peers: () => [{ id: 'slow' }, { id: 'quick' }], request: { submit } }
  const handOver = new HandOver({
    store: lone.store,
    mempool: lone.mempool,
    account: author => lone.ledger.account(author),
    agreement: {
      get isAlone() {
        return isAlone
      },
    },
    network: () => network as unknown as ReturnType<HandOverOptions['network']>,
    signal: new AbortController().signal,
    log: { debug: silent, info: silent, warn: silent, error: silent },
  })
  const look = async () => {
    handOver.look()
    await turn()
    await turn()
  }

  await look()
  assert.equal(given, [], 'an epoch may be found unshared once by chance')
  for (let i = 0; i < 4; i++) await look()
  assert.equal(given, ['slow', 'quick', 'quick', 'quick', 'quick'])
  slow.resolve({ outcome: 'accepted' })
  await turn()
  assert.is(given.at(-1), 'slow', 'the second one, once it took the first')
  isAlone = false
  await look()
  isAlone = true
  await look()
  assert.is(given.length, 6, 'shared in between')
  await lone.close()
})
