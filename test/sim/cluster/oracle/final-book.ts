import { createHash } from 'node:crypto'
import { decode } from '../../../../consensus/cbor/decode.ts'
import type { ValueMap } from '../../../../consensus/cbor/value.ts'
import type { Cid } from '../../../../consensus/cid.ts'
import { isTwoThirdsMajority, type Office } from './office.ts'
import type { SignedBook } from './signed-book.ts'
import { Violation } from './violation.ts'

/** What a machine made final, as bytes. */
export interface Finality {
  readonly machine: string
  readonly epoch: number
  readonly checkpoint: Uint8Array
  readonly certificate: Uint8Array
  readonly cut: Uint8Array
  /** Of every cell and page of the state; undefined where the machine has gone on since. */
  readonly stateDigest: string | undefined
  /** What the machine says that it made final, if it was asked in time. */
  readonly batches: readonly FinalBatch[] | undefined
}

export interface FinalBatch {
  readonly author: string
  readonly seq: number
  /** In hex. */
  readonly batch: string
}

/** A batch as its author signed it; CIDs in hex. */
export interface WrittenBatch extends FinalBatch {
  readonly prev: string | null
}

/** Two honest machines that made different checkpoints of one epoch final. */
export interface Conflict {
  readonly epoch: number
  readonly machines: readonly [string, string]
}

interface Decided {
  readonly first: Finality
  readonly checkpoint: string
  readonly round: number
  readonly signers: readonly string[]
  readonly batches: readonly FinalBatch[]
}

/** What honest machines made final: one history, decided by real quorums, with the same bytes everywhere. */
export class FinalBook {
  readonly #officeOf: (epoch: number) => Office
  readonly #signed: SignedBook
  /** By CID. */
  readonly #written = new Map<string, WrittenBatch>()
  readonly #decided: Decided[] = []
  /** By author: the CIDs in order. */
  readonly #chains = new Map<string, string[]>()
  readonly conflicts: Conflict[] = []

  constructor(officeOf: (epoch: number) => Office, signed: SignedBook) {
    this.#officeOf = officeOf
    this.#signed = signed
  }

  get epoch(): number {
    return this.#decided.length
  }

  /** The round in which an epoch was decided first. */
  roundOf(epoch: number): number {
    return this.#decided[epoch - 1]!.round
  }

  get roundMax(): number {
    return Math.max(0, ...this.#decided.map(({ round }) => round))
  }

  isFinal({ author, seq, batch }: FinalBatch): boolean {
    return this.#chains.get(author)?.[seq - 1] === batch
  }

  /** Of an author: the CIDs of what is final, in order. */
  chainOf(author: string): readonly string[] {
    return this.#chains.get(author) ?? []
  }

  batchesOf(epoch: number): readonly FinalBatch[] {
    return this.#decided[epoch - 1]!.batches
  }

  wrote(batch: WrittenBatch): void {
    this.#written.set(batch.batch, batch)
  }

  /** What a cut finalizes beyond what is final; undefined where it doesn't follow from that. */
  partsOf(cut: Uint8Array): FinalBatch[] | undefined {
    const batches: FinalBatch[] = []
    for (const [author, seq, end] of decode(cut) as [Uint8Array, number, Cid][]) {
      const branch = this.#branch(hexOf(author), seq, hexOf(end.bytes))
      if (branch === undefined) return undefined
      batches.push(...branch)
    }
    return batches
  }

  #branch(author: string, end: number, last: string): FinalBatch[] | undefined {
    const chain = this.chainOf(author)
    const branch: FinalBatch[] = []
    let at: string | null = last
    for (let seq = end; seq > chain.length; seq--) {
      const written: WrittenBatch | undefined = at === null ? undefined : this.#written.get(at)
      if (written === undefined || written.author !== author || written.seq !== seq) return undefined
      branch.unshift({ author, seq, batch: written.batch })
      at = written.prev
    }
    return branch.length > 0 && at === (chain.at(-1) ?? null) ? branch : undefined
  }

  /** Of its checkpoint, in ms. */
  timeOf(epoch: number): number {
    return (decode(this.#decided[epoch - 1]!.first.checkpoint) as ValueMap).time as number
  }

  /** Whose precommits made the epoch final first: keys in hex. */
  signersOf(epoch: number): readonly string[] {
    return this.#decided[epoch - 1]!.signers
  }

  add(finality: Finality): void {
    const { epoch, machine } = finality
    const checkpoint = cidText(finality.checkpoint)
    const certified = this.#judgeCertificate(finality, checkpoint)
    const known = this.#decided[epoch - 1]
    if (known === undefined) {
      if (epoch !== this.#decided.length + 1) throw new Violation('gap', `${machine} made epoch ${epoch} final first`)
      this.#decided.push({ first: finality, checkpoint, ...certified, batches: this.#extend(finality) })
    } else if (known.checkpoint !== checkpoint) {
      this.conflicts.push({ epoch, machines: [known.first.machine, machine] })
    } else expectSame(known.first, finality)
    this.#expectBatches(finality)
  }

  #judgeCertificate(
    { machine, epoch, certificate }: Finality,
    checkpoint: string,
  ): { round: number; signers: string[] } {
    const map = decode(certificate) as ValueMap
    const office = this.#officeOf(epoch)
    const fault = (what: string) => new Violation('no-real-quorum', `${machine}, epoch ${epoch}: ${what}`)
    if (map.type !== 2 || map.epoch !== epoch || hexOf((map.checkpoint as Cid).bytes) !== checkpoint)
      throw fault('a certificate of something else')
    const round = map.round as number
    const signers = (map.signatures as [number, Uint8Array][]).map(([index]) => {
      const key = office[index]?.key
      if (key === undefined) throw fault(`signer ${index} is not in office`)
      if (!this.#signed.didPrecommit(key, epoch, round, checkpoint)) throw fault(`signer ${index} never signed it`)
      return key
    })
    if (new Set(signers).size !== signers.length) throw fault('a signer counts twice')
    if (!isTwoThirdsMajority(office, signers)) throw fault('too little stake')
    return { round, signers }
  }

  /** At most one batch per author and seq, and none left out. */
  #extend({ machine, epoch, cut }: Finality): FinalBatch[] {
    const batches = this.partsOf(cut)
    if (batches === undefined)
      throw new Violation('batch-chain', `${machine}, epoch ${epoch}: a cut that doesn't follow from what is final`)
    for (const { author, batch } of batches) this.#chains.set(author, [...this.chainOf(author), batch])
    return batches
  }

  #expectBatches({ machine, epoch, batches }: Finality): void {
    if (batches === undefined || this.conflicts.length > 0) return
    if (JSON.stringify(batches) !== JSON.stringify(this.batchesOf(epoch)))
      throw new Violation('batch-chain', `${machine}, epoch ${epoch}: other batches than its cut names`)
  }
}

function expectSame(first: Finality, other: Finality): void {
  const differing = [
    ...(Buffer.compare(first.cut, other.cut) === 0 ? [] : ['cut']),
    ...(isSameIfKnown(first.stateDigest, other.stateDigest) ? [] : ['state']),
  ]
  if (differing.length > 0) {
    const who = `${first.machine} and ${other.machine}`
    throw new Violation('same-checkpoint-other-bytes', `epoch ${first.epoch} of ${who}: ${differing.join(', ')}`)
  }
}

const isSameIfKnown = (a: string | undefined, b: string | undefined): boolean =>
  a === undefined || b === undefined || a === b

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** CIDv1, DAG-CBOR, SHA-256, in hex. */
function cidText(block: Uint8Array): string {
  return `01711220${createHash('sha256').update(block).digest('hex')}`
}
