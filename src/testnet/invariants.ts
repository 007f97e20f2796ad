import { certificateFault, decodeCertificate, isCommit } from '../../consensus/agreement/certificate.ts'
import { decodeValidatorSet, encodeValidatorSet } from '../../consensus/agreement/validator-set.ts'
import { toKey } from '../../consensus/bytes.ts'
import { type Checkpoint, decodeCheckpoint } from '../../consensus/checkpoint.ts'
import { Cid } from '../../consensus/cid.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { cellPrefix } from '../../consensus/ledger/cells/cell.ts'
import { genesisValidators } from '../../consensus/ledger/genesis-state.ts'
import { parseRef } from '../../consensus/ref.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { signingKey } from '../crypto/signing-key.ts'
import { openText } from '../decimal.ts'
import { LedgerView } from '../query/ledger-view.ts'
import type { EpochRecord } from '../store/epochs.ts'
import { Store } from '../store/store.ts'
import { checkStateTree } from '../verify/check-tree.ts'
import { Findings } from '../verify/findings.ts'
import type { Blueprint } from './blueprint.ts'

/** What the data of a testnet's nodes must show, whatever went wrong while they ran. */
export const invariants = {
  checkpoints: 'one checkpoint per epoch at all nodes',
  quorums: 'every certificate a quorum',
  submitted: 'nothing submitted lost',
  supply: 'supply conserved',
  honest: 'no node punished',
  roots: 'every state as its root says',
} as const

export type Invariant = keyof typeof invariants

/** What is left when the nodes of a testnet have stopped at one epoch. */
export interface Remains {
  readonly blueprint: Blueprint
  readonly nodes: readonly { readonly name: string; readonly data: string }[]
  readonly epoch: number
  /** `<cid>/<index>` of each record that was submitted. */
  readonly submitted: readonly string[]
}

/**
 * Reads the stores of all nodes and nothing else, and answers what it found true. Throws LedgerError `invariant-broken` naming the
 * invariant and the node.
 */
export async function checkInvariants(remains: Remains): Promise<readonly string[]> {
  const batches = new Map(remains.submitted.map(ref => [ref.slice(0, ref.indexOf('/')), parseRef(ref)[0]!]))
  const agreed = new Map<number, Cid>()
  for (const { name, data } of remains.nodes) {
    const store = await Store.open(data, { create: false, multithreading: false })
    try {
      await new Inspection(store, name, remains, agreed).run([...batches.values()])
    } finally {
      await store.close()
    }
  }
  return Object.values(invariants)
}

/** Of one node's store. */
class Inspection {
  readonly #store: Store
  readonly #name: string
  readonly #remains: Remains
  /** By epoch: the checkpoint of the nodes before. */
  readonly #agreed: Map<number, Cid>

  constructor(store: Store, name: string, remains: Remains, agreed: Map<number, Cid>) {
    this.#store = store
    this.#name = name
    this.#remains = remains
    this.#agreed = agreed
  }

  async run(submitted: readonly Cid[]): Promise<void> {
    const last = this.#checkEpochs()
    this.#checkSubmitted(submitted)
    await this.#checkSupply()
    await this.#checkHonest()
    if (last !== undefined) await this.#checkRoots(last)
  }

  /** Answers the last checkpoint. */
  #checkEpochs(): Checkpoint | undefined {
    const { blueprint, epoch: end } = this.#remains
    const head = this.#store.head()?.epoch
    if (head !== end) throw this.#broken('checkpoints', `it ended at epoch ${head}, others at ${end}`)
    let validators = Cid.of(nativeCrypto, encodeValidatorSet(genesisValidators(blueprint.genesis)))
    let last: Checkpoint | undefined
    for (let epoch = 1; epoch <= end; epoch++) {
      const record = this.#store.epochs.get(epoch)
      if (record === undefined) throw this.#broken('checkpoints', `epoch ${epoch} is missing`)
      this.#checkAgreed(epoch, Cid.of(nativeCrypto, record.checkpoint))
      this.#checkQuorum(epoch, record, validators)
      last = decodeCheckpoint(record.checkpoint)
      validators = last.nextValidators
    }
    return last
  }

  #checkAgreed(epoch: number, own: Cid): void {
    const agreed = this.#agreed.get(epoch)
    if (agreed !== undefined && !agreed.equals(own))
      throw this.#broken('checkpoints', `epoch ${epoch} is ${own}, elsewhere ${agreed}`)
    this.#agreed.set(epoch, own)
  }

  /** By the set that the epoch before named, not by the one that the checkpoint claims. */
  #checkQuorum(epoch: number, { checkpoint, certificate: block }: EpochRecord, validators: Cid): void {
    const certificate = decodeCertificate(block)
    const cid = Cid.of(nativeCrypto, checkpoint)
    if (!isCommit(certificate) || certificate.epoch !== epoch || !certificate.checkpoint.equals(cid))
      throw this.#broken('quorums', `the certificate of epoch ${epoch} is for something else`)
    const set = this.#store.blocks.get(validators)
    if (set === undefined || !Cid.of(nativeCrypto, set).equals(validators))
      throw this.#broken('quorums', `the validators of epoch ${epoch} are not known`)
    const fault = certificateFault(nativeCrypto, this.#remains.blueprint.chain, decodeValidatorSet(set), certificate)
    if (fault !== undefined) throw this.#broken('quorums', `epoch ${epoch}: ${fault}`)
  }

  #checkSubmitted(submitted: readonly Cid[]): void {
    const isFinal = (batch: Cid) => this.#store.batches.has(batch) && this.#store.outcomes.get(batch) !== undefined
    const lost = submitted.filter(batch => !isFinal(batch))
    if (lost.length > 0) throw this.#broken('submitted', `${lost.length} batches are not final, like ${lost[0]}`)
  }

  /** Counted from the cells. No testnet burns. */
  async #checkSupply(): Promise<void> {
    const { genesis, now } = await new LedgerView(this.#store).supply().catch((error: Error) => {
      throw this.#broken('supply', error.message)
    })
    if (now !== genesis) throw this.#broken('supply', `${openText(now)} OPEN of ${openText(genesis)}`)
  }

  /** T12: each node runs once, so none has contradicted itself. */
  async #checkHonest(): Promise<void> {
    for (const { name, voteSeed } of this.#remains.blueprint.nodes) {
      const key = toKey(signingKey(voteSeed).publicKey)
      for await (const _ of this.#store.state.scan(cellPrefix.offence + key))
        throw this.#broken('honest', `${name} is said to have contradicted itself`)
    }
  }

  async #checkRoots({ epoch, stateRoot }: Checkpoint): Promise<void> {
    const findings = new Findings()
    await checkStateTree(this.#store, stateRoot, findings)
    const [first] = findings.all
    if (first !== undefined) throw this.#broken('roots', `epoch ${epoch}: ${first.what}: ${first.problem}`)
  }

  #broken(invariant: Invariant, problem: string): LedgerError {
    const { data } = this.#remains.nodes.find(({ name }) => name === this.#name)!
    const facts = { invariant, node: this.#name, data }
    const next = `the data is kept: openledger verify --data ${data}`
    return new LedgerError(
      'invariant-broken',
      `broken: ${invariants[invariant]}: ${this.#name}: ${problem}`,
      facts,
      next,
    )
  }
}
