import {
  type AccountKey,
  accountCellKey,
  accountCodec,
  accountKeyText,
  type Checkpoint,
  type Cid,
  nobleCrypto as crypto,
  type LightBlock,
  ProofError,
  ProofReader,
  ProvedBooks,
  type ProvedNode,
  type ProvedPayout,
  partUnshown,
  readCell,
  readPayout,
  trustingPeriodMs,
  walkBoundsDefault,
  walkPayout,
} from '../../../consensus/light/index.ts'
import { type ApiClient, LedgerError, LightSource } from '../../client/index.ts'
import { allPages } from '../all-pages.ts'
import { amountText, counted, countText, percentText, timeText } from '../words.ts'
import { Chain } from './chain.ts'
import { Checks, type Watch } from './check.ts'

export interface VerifyOptions {
  readonly api: ApiClient
  readonly account: AccountKey
  /** CID of the genesis or of a checkpoint that the reader takes for true. */
  readonly trust: Cid
  /** Epochs whose payouts are proved, counted from the newest; what was earned before is told as a sum. */
  readonly epochs: number
  /** Of how many payouts, the newest first, each division is done again down to the signed records. */
  readonly deep: number
  /** Milliseconds since 1970. */
  readonly nowMs: number
  readonly signal: AbortSignal
  readonly watch: Watch
}

export interface ProvedEpoch {
  readonly epoch: number
  readonly payout: ProvedPayout
  /** The whole way to the records; undefined where it wasn't walked. */
  readonly root: ProvedNode | undefined
}

/** What is proved of an account, without believing the node. */
export interface Verified {
  readonly epoch: number
  readonly checkpoint: string
  readonly balance: number
  readonly credit: number
  /** Payouts that were proved, the newest first. */
  readonly payouts: readonly ProvedEpoch[]
  /** What of the credit is of epochs that weren't looked at. */
  readonly before: number
  /** The oldest epoch that the node shows, where the reader asked for older ones; else undefined. */
  readonly shownFrom: number | undefined
}

/** Payouts that are held against the node's word. */
const comparedMax = 1_000
/** States are kept for a few epochs: then there is a newer one. */
const refreshesMax = 3

/** Everything that the page can prove of an account. Throws FailedCheck at the first check that doesn't pass; what is told shows which. */
export async function verifyAccount(options: VerifyOptions): Promise<Verified> {
  return await new Verification(options).run()
}

class Verification {
  readonly #options: VerifyOptions
  readonly #source: LightSource
  readonly #checks: Checks
  #chain: Chain | undefined

  constructor(options: VerifyOptions) {
    this.#options = options
    this.#source = new LightSource(options.api)
    this.#checks = new Checks(options.watch)
  }

  async run(): Promise<Verified> {
    const chain = await this.#begin()
    this.#chain = chain
    await this.#follow(chain)
    const { balance, credit } = await this.#prove()
    const looked = await this.#payouts(chain, credit)
    const payouts = await this.#walk(looked.payouts)
    await this.#compare(looked)
    const { before, shownFrom } = looked
    const { epoch, cid } = chain.head
    return { epoch, checkpoint: `${cid}`, balance, credit, payouts, before, shownFrom }
  }

  #begin(): Promise<Chain> {
    const { api, trust, nowMs, signal } = this.#options
    return this.#checks.run('The block that you trust is what its id says', async () => {
      const { chain: named } = await api.get('/v1/status', {}, { signal })
      const chain = await Chain.from(this.#source, { trust, named }, signal)
      const { epoch, time, params } = chain.head
      const what = epoch === 0 ? 'the genesis' : `the checkpoint of epoch ${countText(epoch)}`
      const isOld = nowMs - time >= trustingPeriodMs(params)
      const old = isOld
        ? ' It is older than half of the unbonding time, so that only your word speaks for who signed since.'
        : ''
      return { value: chain, detail: `It is ${what}, of ${timeText(time)}.${old}` }
    })
  }

  #follow(chain: Chain): Promise<void> {
    const { api, nowMs, signal } = this.#options
    return this.#checks.run(
      'More than two thirds of the stake signed each step to the newest checkpoint',
      async step => {
        const { epoch } = await api.get('/v1/status', {}, { signal })
        await chain.follow(epoch, nowMs, block => step(signedText(block)))
        const { head, certificates } = chain
        if (head.checkpoint === null)
          throw new LedgerError('not-yet', 'no epoch is final yet, so that nothing can be proved')
        const detail =
          certificates === 0
            ? `The checkpoint that you trust, of epoch ${countText(head.epoch)}, is the newest.`
            : `${counted(certificates, 'certificate')} verified, up to epoch ${countText(head.epoch)}.`
        return { value: undefined, detail }
      },
    )
  }

  #prove(): Promise<{ balance: number; credit: number }> {
    const { account } = this.#options
    return this.#checks.run('Balance and credit stand in the state that was signed', async () => {
      const cell = await this.#fresh(checkpoint =>
        readCell({ crypto, checkpoint }, this.#reader(), accountCodec, accountCellKey(account)),
      )
      const { balance = 0, credit = 0 } = cell ?? {}
      const none = 'It is proved that the state has no such account.'
      const some = `Balance ${amountText(balance)} OPEN, credit ${amountText(credit)} OPEN.`
      return { value: { balance, credit }, detail: cell === undefined ? none : some }
    })
  }

  #payouts(chain: Chain, credit: number): Promise<Looked> {
    const wanted = Math.max(1, chain.head.epoch - this.#options.epochs + 1)
    return this.#checks.run('The payouts make up the credit, none hidden and none made up', async step => {
      const to = chain.head.epoch
      const payouts: Proved[] = []
      let from = to + 1
      let before = credit
      for await (const { checkpoint } of chain.back(wanted)) {
        if (before === 0) break
        const found = await this.#payoutOf(checkpoint)
        if (found === 'unshown') break
        from = checkpoint.epoch
        if (found === undefined) continue
        expectSame(`credit after epoch ${from}`, before, found.creditAfter)
        before -= found.amount
        payouts.push({ checkpoint, payout: found })
        step(`Epoch ${countText(from)}: ${amountText(found.amount)} OPEN`)
      }
      if (from === 1) expectSame('credit before the first epoch', 0, before)
      const isAll = before === 0
      const shownFrom = isAll || from === wanted ? undefined : from
      const why = shownFrom === undefined ? 'weren’t looked at' : 'this node doesn’t show'
      const rest = isAll ? '' : ` ${amountText(before)} OPEN of the credit are of earlier epochs, which ${why}.`
      const detail = `${counted(payouts.length, 'payout')}, each leading to the one before.${rest}`
      // Whoever has all of the credit together was paid nothing before.
      return { value: { payouts, from: isAll ? 1 : from, to, wanted, before, shownFrom }, detail }
    })
  }

  /** Undefined where it is proved that there is none. */
  async #payoutOf(checkpoint: Checkpoint): Promise<ProvedPayout | undefined | 'unshown'> {
    try {
      return await readPayout({ crypto, checkpoint }, this.#reader(), this.#options.account)
    } catch (error) {
      // Of the epoch that a node joined by it has the checkpoint and the state alone.
      if (partUnshown(error) !== 'find') throw error
      return 'unshown'
    }
  }

  async #walk(payouts: readonly Proved[]): Promise<ProvedEpoch[]> {
    const proved: ProvedEpoch[] = payouts.map(({ checkpoint, payout }) => ({
      epoch: checkpoint.epoch,
      payout,
      root: undefined,
    }))
    const count = Math.min(this.#options.deep, payouts.length)
    if (count === 0) return proved
    return await this.#checks.run(
      'Each division between a user’s fee and the payout comes out the same here',
      async step => {
        let walked = 0
        for (const [i, { checkpoint }] of payouts.slice(0, count).entries()) {
          const epoch = `Epoch ${countText(checkpoint.epoch)}`
          const found = await this.#walkOf(checkpoint)
          if (typeof found === 'string') {
            step(`${epoch}: not walked, ${found}`)
            continue
          }
          walked++
          proved[i] = { ...proved[i]!, ...found }
          step(`${epoch}: ${counted(leavesOf(found.root), 'record or cause', 'records and causes')}`)
        }
        const unshown = count - walked
        const left = unshown === 0 ? '' : ` Of ${countText(unshown)} the whole way couldn’t be walked.`
        const older = payouts.length - count
        const rest = older === 0 ? '' : ` Of ${countText(older)} older ones only the amounts were proved.`
        return {
          value: proved,
          detail: `${counted(walked, 'payout')} walked down to the signed records.${left}${rest}`,
        }
      },
    )
  }

  /** A text where the way can't be walked: a session may be older than what the node keeps, an epoch larger than a page can take. */
  async #walkOf(checkpoint: Checkpoint): Promise<{ payout: ProvedPayout; root: ProvedNode } | string> {
    const { account } = this.#options
    try {
      const found = await this.#fresh(state =>
        walkPayout(new ProvedBooks({ crypto, checkpoint, state }, this.#reader(), 'deep'), account),
      )
      return found!
    } catch (error) {
      const isBeyond = error instanceof ProofError && error.check === 'bound'
      if (!isBeyond && partUnshown(error) !== 'voucher') throw error
      return (error as ProofError).message
    }
  }

  /** What the other pages show comes from the node without proof: here it is held against what is proved. */
  #compare({ payouts, from, to, wanted, before }: Looked): Promise<void> {
    const { api, account, signal } = this.#options
    return this.#checks.run('The node’s own word about these payouts agrees', async () => {
      const asked = { account: accountKeyText(account) }
      const { items, isCut } = await allPages(comparedMax, page =>
        api.get('/v1/accounts/{account}/payouts', { ...asked, ...page }, { signal }),
      )
      const proved = new Map(payouts.map(({ checkpoint: { epoch }, payout }) => [epoch, payout]))
      // Meanwhile there may be newer ones.
      const told = items.filter(({ epoch }) => epoch >= Math.min(from, wanted) && epoch <= to)
      for (const { epoch, amount } of told) {
        if (epoch < from)
          throw new LedgerError('mismatch', `told is a payout of epoch ${epoch}, of which nothing was proved`)
        expectSame(`the payout of epoch ${epoch}`, proved.get(epoch)?.amount ?? 0, amount)
      }
      if (!isCut && told.length !== proved.size) {
        throw new LedgerError('mismatch', `proved are ${proved.size} payouts, told were ${told.length}`)
      }
      const rest = before === 0 ? '' : ' Of those of earlier epochs there is only its word.'
      return { value: undefined, detail: `${counted(told.length, 'payout')} compared.${rest}` }
    })
  }

  #reader(): ProofReader {
    return new ProofReader({ ask: request => this.#source.ask(request, this.#options.signal) }, walkBoundsDefault)
  }

  /** Where the node no longer keeps the state of the head, follows to a newer one. What else it hasn't it won't have then either. */
  async #fresh<T>(work: (state: Checkpoint) => Promise<T>): Promise<T> {
    const { api, signal } = this.#options
    for (let refreshes = 0; ; refreshes++) {
      try {
        return await work(this.#chain!.head.checkpoint!)
      } catch (error) {
        if (partUnshown(error) !== 'state' || refreshes === refreshesMax) throw error
        const { epoch } = await api.get('/v1/status', {}, { signal })
        await this.#chain!.follow(epoch, Date.now(), () => {})
      }
    }
  }
}

interface Proved {
  readonly checkpoint: Checkpoint
  readonly payout: ProvedPayout
}

/** What was proved of the epochs `from` to `to`, both included; `wanted` is how far back the reader asked. */
interface Looked {
  readonly payouts: readonly Proved[]
  readonly from: number
  readonly to: number
  readonly wanted: number
  readonly before: number
  readonly shownFrom: number | undefined
}

function signedText({ checkpoint, certificate, validators }: LightBlock): string {
  const total = validators.reduce((sum, { stake }) => sum + stake, 0)
  const signed = certificate.signatures.reduce((sum, [index]) => sum + (validators[index]?.stake ?? 0), 0)
  const who = `${certificate.signatures.length} of ${counted(validators.length, 'validator')}`
  return `Epoch ${countText(checkpoint.epoch)}: signed by ${who} with ${percentText(signed, total)} of the stake`
}

function leavesOf({ children, omitted }: ProvedNode): number {
  return children.length === 0 ? 1 + omitted : children.reduce((sum, child) => sum + leavesOf(child), omitted)
}

function expectSame(what: string, expected: number, got: number): void {
  if (expected === got) return
  throw new LedgerError(
    'mismatch',
    `${what}: proved are ${amountText(expected)} OPEN, told were ${amountText(got)} OPEN`,
  )
}
