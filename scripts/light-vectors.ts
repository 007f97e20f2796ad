/** Writes `test/vectors/light/*.json` anew, out of the small ledger of the tests: `node scripts/light-vectors.ts`, then `npm run format`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toHex } from '../consensus/bytes.ts'
import { nobleCrypto } from '../consensus/crypto.ts'
import { accountCellKey } from '../consensus/ledger/cells/account.ts'
import { KeepingSource } from '../consensus/light/proof/kept-parts.ts'
import { batchLeafKey, flowTreeKey, parseFlowLeaf, parsePayoutLeaf } from '../consensus/light/proof/leaves.ts'
import { encodeProofRequest, type ProofPart } from '../consensus/light/proof/request.ts'
import { walkPayout } from '../consensus/light/proof/walk.ts'
import { refKey } from '../consensus/ref.ts'
import { Prover } from '../src/proofs/prover.ts'
import { actorAccount } from '../test/fixtures/ledger-driver.ts'
import { type LightVectors, type PartVector, runPart, runWalk, type WalkVector } from '../test/fixtures/light-vector.ts'
import { booksOf, checkpointOf, trustedEpoch } from '../test/fixtures/proving.ts'
import { buildSmallLedger } from '../test/fixtures/small-ledger.ts'
import { stepVectors } from './light-steps.ts'

const folder = new URL('../test/vectors/light/', import.meta.url)
const dir = mkdtempSync(join(tmpdir(), 'light-vectors-'))
const { driver, refs } = await buildSmallLedger(dir)
const { store } = driver
const prover = new Prover(store)
const epoch = 6
const newest = driver.epoch

const blockOf = (of: number): string => toHex(store.epochs.get(of)!.checkpoint)

async function partVectors(): Promise<PartVector[]> {
  const { payoutRoot, flowRoot, batchesRoot, params } = checkpointOf(store, epoch)
  const cy = actorAccount('cy')
  const payout = await leafOf({ type: 'find', tree: { name: 'payouts' }, key: cy })
  const helper = { kind: 'model', key: refKey(...refs.helper) } as const
  const flow = parseFlowLeaf(await leafOf({ type: 'find', tree: { name: 'flows' }, key: flowTreeKey(helper) }))
  const uses = flow.lists.find(({ name }) => name === 'uses')!.parts
  const batch = await leafOf({ type: 'leaf', tree: { name: 'batches' }, index: 0 })
  const state = (actor: string): ProofPart => ({ type: 'state', key: accountCellKey(actorAccount(actor)) })
  const parts = { name: 'parts', flow: helper, list: 'uses' } as const
  const honest: [name: string, part: ProofPart, root?: Uint8Array | undefined, at?: number][] = [
    ['account cell', state('ana'), undefined, newest],
    ['no such cell', state('nobody'), undefined, newest],
    ['payout', { type: 'find', tree: { name: 'payouts' }, key: cy }, payoutRoot],
    ['no payout', { type: 'find', tree: { name: 'payouts' }, key: actorAccount('rex') }, payoutRoot],
    [
      'credit lines',
      { type: 'page', tree: { name: 'lines', account: cy }, from: 0, max: 4096 },
      parsePayoutLeaf(payout).lines,
    ],
    ['flow of a model', { type: 'find', tree: { name: 'flows' }, key: flowTreeKey(helper) }, flowRoot],
    [
      'no such flow',
      { type: 'find', tree: { name: 'flows' }, key: flowTreeKey({ ...helper, kind: 'agent' }) },
      flowRoot,
    ],
    ['inbound lines', { type: 'page', tree: { name: 'inbound', flow: helper }, from: 0, max: 4096 }, flow.inbound],
    ['part of uses', { type: 'find', tree: parts, key: refKey(...refs.tar2) }, uses],
    ['no part of uses', { type: 'find', tree: parts, key: refKey(...refs.grep) }, uses],
    ['part of uses by its place', { type: 'leaf', tree: parts, index: 0 }, uses],
    ['batch', { type: 'find', tree: { name: 'batches' }, key: batchLeafKey(batch) }, batchesRoot],
    ['one record', { type: 'records', batch: refs.first[0], indices: [1] }],
    ['records', { type: 'records', batch: refs.first[0], indices: [0, 1, 2, 3, 4, 5, 6, 7, 8] }],
    ['record of another epoch', { type: 'records', batch: refs.tar[0], indices: [0] }],
    ['voucher', { type: 'voucher', session: refKey(...refs.main), atLeast: 2_012_003, by: refs.first[0] }],
    ['parameters', { type: 'block', cid: params }],
  ]
  const vectors: PartVector[] = []
  for (const [name, part, root, at = epoch] of honest) {
    const request = { epoch: at, parts: [part] }
    const vector = {
      name,
      checkpoint: blockOf(at),
      ...(root === undefined ? {} : { root: toHex(root) }),
      request: toHex(encodeProofRequest(request)),
      answer: toHex(await prover.ask(request)),
    }
    vectors.push(...(await withLies(vector)))
  }
  return vectors
}

/** An honest answer, and what becomes of it when its bytes change. */
async function withLies(vector: Omit<PartVector, 'expected'>): Promise<PartVector[]> {
  const { name, answer } = vector
  const half = Math.floor(answer.length / 4) * 2
  const flip = (at: number): string =>
    answer.slice(0, at) +
    (Number.parseInt(answer.slice(at, at + 2), 16) ^ 1).toString(16).padStart(2, '0') +
    answer.slice(at + 2)
  const lies: [string, string][] = [
    [name, answer],
    [`${name}, a bit flipped in the middle`, flip(half)],
    [`${name}, the last bit flipped`, flip(answer.length - 2)],
    [`${name}, cut off`, answer.slice(0, -2)],
    [`${name}, a byte more`, `${answer}00`],
  ]
  return Promise.all(
    lies.map(async ([named, told]) => {
      const changed = { ...vector, name: named, answer: told, expected: { fails: '' } }
      return { ...changed, expected: await runPart(nobleCrypto, changed) }
    }),
  )
}

async function leafOf(part: ProofPart): Promise<Uint8Array> {
  const answer = await prover.prove(epoch, part)
  if (answer === undefined || !('leaf' in answer)) throw new Error('no such leaf')
  return answer.leaf
}

async function walkVector(name: string, actor: string, at: number): Promise<WalkVector> {
  const account = actorAccount(actor)
  const keeping = new KeepingSource(prover)
  await walkPayout(booksOf(trustedEpoch(store, at), keeping), account)
  const vector = {
    name,
    checkpoint: blockOf(at),
    state: blockOf(newest),
    account: toHex(Uint8Array.from(account, char => char.charCodeAt(0))),
    parts: keeping.parts.map(([asked, told]) => [toHex(asked), toHex(told)] as const),
    expected: { fails: '' },
  }
  return { ...vector, expected: await runWalk(nobleCrypto, vector) }
}

/** The same walk with one answer that is another's. */
async function swapped(vector: WalkVector, name: string, from: number, to: number): Promise<WalkVector> {
  const parts = vector.parts.with(from, [vector.parts[from]![0], vector.parts[to]![1]])
  const changed = { ...vector, name, parts }
  return { ...changed, expected: await runWalk(nobleCrypto, changed) }
}

const executor = await walkVector('what an agent’s executor was paid', 'bob', 6)
const refiner = await walkVector('what a refiner was paid, through two layers', 'cy', 6)
const vectors: LightVectors = {
  parts: await partVectors(),
  walks: [
    executor,
    refiner,
    await walkVector('what waited and was attributed', 'bo', 7),
    await walkVector('an account that was paid nothing', 'rex', 6),
    await swapped(refiner, 'the lines of a payout in the place of its leaf', 0, 1),
  ],
  steps: await stepVectors(driver),
}
for (const [name, content] of Object.entries(vectors)) {
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(content, null, 2)}\n`)
}
await prover.close()
await driver.close()
rmSync(dir, { recursive: true })
