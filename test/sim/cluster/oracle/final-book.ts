import { createHash } from 'node:crypto'
import { decode } from '../../../../consensus/cbor/decode.ts'
import type { ValueMap } from '../../../../consensus/cbor/value.ts'
import type { Cid } from '../../../../consensus/cid.ts'
import type { Economy } from './economy.ts'
import { isTwoThirdsMajority } from './office.ts'
import type { SignedBook } from './signed-book.ts'
import { Violation } from './violation.ts'

/** What a machine made final, as bytes. */
export interface Finality {
  readonly machine: string
  readonly epoch: number
  readonly checkpoint: Uint8Array
  readonly certificate: Uint8Array
  readonly cut: Uint8Array
  /** The certificate that the checkpoint names; null in epoch 1. */
  readonly lastCertificate: Uint8Array | null
  /** What is kept as the body of a batch (CID in hex). */
  readonly bodyOf: (batch: string) => Uint8Array | undefined
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
  readonly body: string
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
  readonly #economy: Economy
  readonly #signed: SignedBook
  /** By CID. */
  readonly #written = new Map<string, WrittenBatch>()
  readonly #decided: Decided[] = []
  /** By author: the CIDs in order. */
  readonly #chains = new Map<string, string[]>()
  readonly conflicts: Conflict[] = []

  constructor(economy: Economy, signed: SignedBook) {
    this.#economy = economy
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

  /** `message`: what an author signed, `openledger/batch/1` ‖ 0x00 ‖ header. */
  wrote(message: Uint8Array): void {
    const header = message.subarray('openledger/batch/1'.length + 1)
    const { author, seq, prev, body } = decode(header) as {
      author: Uint8Array
      seq: number
      prev: Cid | null
      body: Cid
    }
    const batch = cidText(header)
    const linkText = (cid: Cid): string => hexOf(cid.bytes)
    const links = { prev: prev === null ? null : linkText(prev), body: linkText(body) }
    this.#written.set(batch, { author: hexOf(author), seq, batch, ...links })
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
      const batches = this.#extend(finality)
      this.#decided.push({ first: finality, checkpoint, ...certified, batches })
      this.#judgeBooks(finality, batches)
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
    const office = this.#economy.officeOf(epoch)!
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

  /** Stake, sets and parameters are those that the final records come to. */
  #judgeBooks({ machine, epoch, ...bytes }: Finality, batches: readonly FinalBatch[]): void {
    const fault = (what: string) => new Violation('other-books', `${machine}, epoch ${epoch}: ${what}`)
    const checkpoint = decode(bytes.checkpoint) as ValueMap
    const records = batches.map(({ author, batch }) => {
      const body = bytes.bodyOf(batch)
      if (body === undefined || cidText(body) !== this.#written.get(batch)!.body) throw fault(`no body of ${batch}`)
      return { author, batch, body }
    })
    const { lastCertificate } = checkpoint
    const named = lastCertificate === null ? null : hexOf((lastCertificate as Cid).bytes)
    if ((bytes.lastCertificate === null ? null : cidText(bytes.lastCertificate)) !== named)
      throw fault('another certificate than the checkpoint names')
    const difference = this.#economy.pass(epoch, records, signersOf(bytes.lastCertificate), checkpoint)
    if (difference !== undefined) throw fault(difference)
  }

  #expectBatches({ machine, epoch, batches }: Finality): void {
    if (batches === undefined || this.conflicts.length > 0) return
    if (JSON.stringify(batches) !== JSON.stringify(this.batchesOf(epoch)))
      throw new Violation('batch-chain', `${machine}, epoch ${epoch}: other batches than its cut names`)
  }
}

/** Places in the office. */
function signersOf(certificate: Uint8Array | null): number[] {
  if (certificate === null) return []
  return ((decode(certificate) as ValueMap).signatures as [number, Uint8Array][]).map(([index]) => index)
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
export function cidText(block: Uint8Array): string {
  return `01711220${createHash('sha256').update(block).digest('hex')}`
}
