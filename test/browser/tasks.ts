/** What a light node in a page does, beside the vectors. It runs in Node as well, for comparison. */
import { Bisection, Cid, checkProofFile, nobleCrypto as crypto, trustGenesis } from '../../consensus/light/index.ts'
import { bytesOf, type Outcome, outcomeOf } from '../fixtures/light-outcome.ts'
import { type BlockHex, openBlockHex } from '../fixtures/step-vector.ts'

/** A history as a full node has it. */
export interface HistoryHex {
  readonly genesis: string
  /** From epoch 1 on. */
  readonly blocks: readonly BlockHex[]
  /** Milliseconds since 1970. */
  readonly now: number
}

/** From the genesis to the newest epoch: the text of the CID that is trusted then. */
export function follow({ genesis, blocks, now }: HistoryHex): Promise<Outcome> {
  return outcomeOf(() => {
    const block = bytesOf(genesis)
    const trusted = trustGenesis(crypto, Cid.of(crypto, block), block)
    const bisection = new Bisection({ crypto, trusted, target: blocks.length, nowMs: now })
    while (bisection.needed !== undefined) bisection.take(openBlockHex(crypto, blocks[bisection.needed - 1]!))
    return `${bisection.trusted.cid}`
  })
}

/** What a saved proof (hex) shows to who trusts the checkpoint with this CID. */
export function checkFile(file: string, trust: string): Promise<Outcome> {
  return outcomeOf(async () => {
    const { checkpoint, newest, walked } = await checkProofFile(crypto, bytesOf(file), Cid.fromText(trust))
    const { amount = 0, creditAfter = null } = walked?.payout ?? {}
    return { epoch: checkpoint.epoch, newest: newest.epoch, amount, creditAfter }
  })
}
