import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { accountKeyText } from '../../../consensus/account.ts'
import { decode } from '../../../consensus/cbor/decode.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import type { Value, ValueMap } from '../../../consensus/cbor/value.ts'
import { Cid } from '../../../consensus/cid.ts'
import { walkBoundsDefault } from '../../../consensus/light/proof/limits.ts'
import { checkProofFile, decodeProofFile } from '../../../consensus/light/proof/proof-file.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import { openText } from '../../../src/decimal.ts'
import { actorAccount, actorText } from '../../fixtures/ledger-driver.ts'
import { buildSmallLedger, type SmallLedger } from '../../fixtures/small-ledger.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'
import { openledger } from './program.ts'

const test = suite('cli/proof')
const dir = tempFolder()
const file = join(dir, 'cy.proof')
const epoch = 6

let ledger: SmallLedger
let trust: string
/** Of the epoch's own checkpoint. */
let older: string
/** A true one, of the epoch before the newest. */
let before: Uint8Array

interface Tree {
  readonly text: string
  readonly amount?: string
  readonly children: readonly Tree[]
}

test.before(async () => {
  ledger = await buildSmallLedger(dir)
  const { store } = ledger.driver
  trust = store.head()!.checkpoint.toString()
  older = Cid.of(nativeCrypto, store.epochs.get(epoch)!.checkpoint).toString()
  before = store.epochs.get(ledger.driver.epoch - 1)!.certificate
  await ledger.driver.close()
})

test('save writes a file, check proves the payout with nothing else, and prints where it came from', async () => {
  const args = ['--data', dir, '--account', actorText('cy'), '--epoch', `${epoch}`, '--json']
  const saved = await openledger(['proof', 'save', file, ...args])
  assert.is(saved.status, 0, saved.stdout)
  assert.equal((saved.json().data as unknown as { trust: string }).trust, trust)
  const checked = await openledger(['proof', 'check', file, '--trust', trust, '--json'])
  assert.is(checked.status, 0, checked.stdout)
  const { amount, credit, root, trusted } = checked.json().data as unknown as {
    amount: string
    credit: string
    root: Tree
    trusted: { epoch: number; signed: string; stake: string }
  }
  const payout = ledger.driver.results[epoch - 1]!.payouts.find(({ account }) => account === actorAccount('cy'))!
  assert.equal([amount, credit], [openText(payout.amount), openText(payout.creditAfter)])
  assert.is(root.amount, amount)
  assert.equal([trusted.epoch, trusted.signed, trusted.stake], [9, '3000', '4000'])
  const text = await openledger(['proof', 'check', file, '--trust', trust])
  assert.match(text.stdout, /^proved: 0\.171037 OPEN/)
  assert.match(text.stdout, /for refining data/)
  assert.match(text.stdout, /of the fee of 1\.012 OPEN for an inference/)
})

test('a payout with more parts than a walk has requests is checked: these share requests, in a file they don’t', async () => {
  const bytes = readFileSync(file)
  const requests = decodeProofFile(bytes).parts.length - 1
  const bounds = { ...walkBoundsDefault, requests }
  const { walked } = await checkProofFile(nativeCrypto, bytes, Cid.fromText(trust), bounds)
  assert.ok(walked)
})

test('that an account was paid nothing is proved as well', async () => {
  const path = join(dir, 'rex.proof')
  await openledger(['proof', 'save', path, '--data', dir, '--account', actorText('rex'), '--epoch', `${epoch}`])
  const { stdout, status } = await openledger(['proof', 'check', path, '--trust', trust])
  assert.is(status, 0)
  assert.match(stdout, new RegExp(`^proved: ${accountKeyText(actorAccount('rex'))} was paid nothing in epoch 6`))
})

test('another checkpoint than the trusted one proves nothing', async () => {
  const { status, ...ran } = await openledger(['proof', 'check', file, '--trust', older, '--json'])
  assert.is(status, 1)
  assert.is(ran.json().error!.code, 'proof-block')
})

const changes: readonly [what: string, change: (map: ValueMap) => Value, code: string][] = [
  [
    'a link of the chain left out',
    map => ({ ...map, checkpoints: (map.checkpoints as Value[]).toSpliced(1, 1) }),
    'proof-block',
  ],
  [
    'the epochs before left out',
    map => ({ ...map, checkpoints: (map.checkpoints as Value[]).slice(0, 1) }),
    'proof-missing',
  ],
  ['another account', map => ({ ...map, account: new Uint8Array(32) }), 'proof-missing'],
  ['another set', map => ({ ...map, validators: encode([]) }), 'proof-block'],
  [
    'another certificate',
    map => ({ ...map, certificate: (map.certificate as Uint8Array).with(-30, 1) }),
    'proof-signature',
  ],
  ['the certificate of another epoch', map => ({ ...map, certificate: before }), 'proof-signature'],
  ['parts left out', map => ({ ...map, parts: (map.parts as Value[]).slice(1) }), 'proof-missing'],
  ['a field more', map => ({ ...map, more: 1 }), 'malformed'],
]
for (const [what, change, code] of changes) {
  test(`a file with ${what} is refused`, async () => {
    const path = join(dir, 'changed.proof')
    writeFileSync(path, encode(change(decode(readFileSync(file)) as ValueMap)))
    const { status, ...ran } = await openledger(['proof', 'check', path, '--trust', trust, '--json'])
    assert.is(status, 1)
    assert.is(ran.json().error!.code, code)
  })
}

test('what is refused says of which file, under which checkpoint, and what to do', async () => {
  const cut = join(dir, 'cut.proof')
  writeFileSync(cut, readFileSync(file).subarray(0, 100))
  for (const [path, checkpoint] of [
    [cut, trust],
    [file, older],
  ] as const) {
    const { stderr } = await openledger(['proof', 'check', path, '--trust', checkpoint])
    assert.match(
      stderr,
      new RegExp(`^error: ${path} proves nothing under ${checkpoint}: .*\n  next: .*from elsewhere$`, 'm'),
    )
  }
})

test('no proof is saved of the genesis, nor begun where its folder isn’t there', async () => {
  const args = ['--data', dir, '--account', actorText('cy'), '--json', '--epoch']
  const genesis = await openledger(['proof', 'save', join(dir, 'genesis.proof'), ...args, '0'])
  assert.equal([genesis.status, genesis.json().error!.code], [2, 'usage'])
  const nowhere = await openledger(['proof', 'save', join(dir, 'none', 'cy.proof'), ...args, `${epoch}`])
  assert.equal([nowhere.status, nowhere.json().error!.message], [2, `<file>: there is no folder ${join(dir, 'none')}`])
  const light = ['light', '--account', actorText('cy'), '--peer', 'x', '--statement']
  const { status, stderr } = await openledger([...light, join(dir, 'none', 'cy.csv')])
  assert.is(status, 2)
  assert.match(stderr, /--statement: there is no folder/)
})

test('no file, and an epoch that isn’t there', async () => {
  const none = await openledger(['proof', 'check', join(dir, 'none'), '--trust', trust, '--json'])
  assert.is(none.json().error!.code, 'no-file')
  const args = ['--data', dir, '--account', actorText('cy'), '--epoch', '99', '--json']
  assert.is((await openledger(['proof', 'save', file, ...args])).json().error!.code, 'not-yet')
})
