import * as assert from 'uvu/assert'
import { type AccountKey, accountKeyText } from '../../../../consensus/account.ts'
import { equalBytes } from '../../../../consensus/bytes.ts'
import { decode, EncodingError } from '../../../../consensus/cbor/decode.ts'
import { encode } from '../../../../consensus/cbor/encode.ts'
import type { Value } from '../../../../consensus/cbor/value.ts'
import { MalformedError } from '../../../../consensus/errors.ts'
import {
  decodeProofAnswer,
  encodePartAnswer,
  encodeProofAnswer,
  type PageAnswer,
} from '../../../../consensus/light/proof/answer.ts'
import { walkBoundsDefault } from '../../../../consensus/light/proof/limits.ts'
import { ProvedBooks } from '../../../../consensus/light/proof/proved-books.ts'
import { ProofReader, type ProofSource } from '../../../../consensus/light/proof/reader.ts'
import { walkPayout } from '../../../../consensus/light/proof/walk.ts'
import { ProofError } from '../../../../consensus/merkle/proof-error.ts'
import { Prover } from '../../../../src/proofs/prover.ts'
import { actorAccount } from '../../../fixtures/ledger-driver.ts'
import { type Exchange, NothingRecorded, RecordingSource, replaying } from '../../../fixtures/lying-source.ts'
import { trustedEpoch, walk } from '../../../fixtures/proving.ts'
import { buildSmallLedger, type SmallLedger } from '../../../fixtures/small-ledger.ts'
import { changesOf } from '../../../fixtures/value-changes.ts'
import { suite } from '../../../harness.ts'
import { tempFolder } from '../../../src/temp-folder.ts'

const test = suite('light/proof/liar')

let ledger: SmallLedger
let prover: Prover
/** A whole honest exchange: a payout of several lines, through two layers of refinements, a model and its records. */
let honest: Exchange[]
/** A short one. */
let small: Exchange[]

const epoch = 6
const account = actorAccount('cy')
const smallAccount = actorAccount('bob')
const slow = { deadlineMs: 120_000 }

test.before(async () => {
  ledger = await buildSmallLedger(tempFolder())
  prover = new Prover(ledger.driver.store)
  honest = await exchangeOf(account, epoch)
  small = await exchangeOf(smallAccount, epoch)
})

test.after(async () => {
  await prover.close()
  await ledger.driver.close()
})

async function exchangeOf(of: AccountKey, at: number): Promise<Exchange[]> {
  const recording = new RecordingSource(prover)
  await walk(ledger.driver.store, recording, of, at)
  return recording.exchanges
}

/** What the walk refused the source with; undefined where it believed it. */
function refusal(source: ProofSource, of = account, at = epoch): Promise<string | undefined> {
  return failure(() => walk(ledger.driver.store, source, of, at))
}

async function failure(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (error instanceof ProofError) return error.check
    if (error instanceof MalformedError || error instanceof EncodingError) return error.code
    if (error instanceof NothingRecorded) return 'asked-otherwise'
    throw error
  }
}

test('the honest exchange is believed', async () => {
  assert.is(await refusal(replaying(honest)), undefined)
  assert.is(await refusal(replaying(small), smallAccount), undefined)
})

/** Puts `lie` in the place of one answer; the walk must say which check that failed. */
async function assertRefused(
  exchanges: readonly Exchange[],
  at: number,
  lie: Uint8Array,
  of: AccountKey,
  what: string,
) {
  const refused = await refusal(
    replaying(exchanges, (told, _, i) => (i === at ? lie : told)),
    of,
  )
  assert.ok(refused !== undefined, `believed: answer ${at}, ${what}`)
  return refused!
}

test(
  'each byte of an exchange flipped in turn: nothing is believed',
  async () => {
    for (const [at, { answer }] of small.entries()) {
      for (let byte = 0; byte < answer.length; byte++) {
        const flipped = answer.slice()
        flipped[byte]! ^= 1 << (byte % 8)
        await assertRefused(small, at, flipped, smallAccount, `byte ${byte} of ${answer.length}`)
      }
    }
  },
  slow,
)

test(
  'bytes of a long exchange flipped here and there, and answers cut off: nothing is believed',
  async () => {
    for (const [at, { answer }] of honest.entries()) {
      for (let byte = at; byte < answer.length; byte += 13) {
        const flipped = answer.slice()
        flipped[byte]! ^= 0x80 >> (byte % 8)
        await assertRefused(honest, at, flipped, account, `byte ${byte} of ${answer.length}`)
        if (byte % 5 === 0) await assertRefused(honest, at, answer.slice(0, byte), account, `cut to ${byte} bytes`)
      }
    }
  },
  slow,
)

test(
  'each field of an exchange dropped, repeated, swapped or replaced: nothing is believed',
  async () => {
    let tried = 0
    for (const [at, { answer }] of honest.entries()) {
      for (const { what, value } of changesOf(decode(answer))) {
        const lie = encode(value)
        if (equalBytes(lie, answer)) continue
        // Fewer parts than were asked for are no lie: the rest is asked for again.
        if (isShorter(value, decode(answer))) continue
        await assertRefused(honest, at, lie, account, what)
        tried++
      }
    }
    assert.ok(tried > 1_000, `${tried}`)
  },
  slow,
)

/** The same answer without some of its last parts. */
function isShorter(value: Value, whole: Value): boolean {
  if (!Array.isArray(value) || !Array.isArray(whole) || value.length === 0 || value.length >= whole.length) return false
  return equalBytes(encode(value), encode(whole.slice(0, value.length)))
}

test(
  'answers of another epoch or account, in the place of one or of all: nothing is believed',
  async () => {
    const others: [string, Exchange[]][] = []
    for (const [of, at] of [
      [account, 7],
      [account, 8],
      [actorAccount('bo'), epoch],
      [actorAccount('ana'), epoch],
    ] as const) {
      others.push([`${accountKeyText(of)} in ${at}`, await exchangeOf(of, at)])
    }
    for (const [what, other] of others) {
      for (const [at, { answer }] of honest.entries()) {
        for (const replayed of other) {
          if (equalBytes(replayed.answer, answer)) continue
          await assertRefused(honest, at, replayed.answer, account, what)
        }
      }
      const all = replaying(honest, (told, _, at) => other[at]?.answer ?? told)
      assert.ok((await refusal(all)) !== undefined, what)
    }
  },
  slow,
)

test('a whole answer about another account, with its own proofs, proves nothing of this one', async () => {
  const other: ProofSource = {
    ask: ({ parts, epoch: at }) =>
      prover.ask({
        epoch: at,
        parts: parts.map(part =>
          part.type === 'find' && part.key === account ? { ...part, key: actorAccount('ana') } : part,
        ),
      }),
  }
  assert.is(await refusal(other), 'key')
})

test('a source that proves another epoch’s payouts is refused', async () => {
  const older: ProofSource = { ask: request => prover.ask({ ...request, epoch: 7 }) }
  assert.is(await refusal(older), 'root')
})

test('credit lines left out and the rest summed anew are refused', async () => {
  const lies = await changedPages(page => {
    const [dropped, ...rest] = page.leaves
    const [leaf, value] = rest.at(-1) ?? dropped!
    const raised: PageAnswer['leaves'] = [...rest.slice(0, -1), [leaf, (value as number) + (dropped![1] as number)]]
    return { count: rest.length, leaves: rest.length === 0 ? [] : raised }
  })
  assert.equal(new Set(lies), new Set(['root']))
})

test('a page that tells another count than its leaves have is refused', async () => {
  const lies = await changedPages(({ count, leaves }) => ({ count: count - 1, leaves }))
  assert.equal(new Set(lies), new Set(['index']))
})

test('leaves whose values outgrow a tree’s sum are refused', async () => {
  const lies = await changedPages(({ leaves }) => {
    const [leaf] = leaves[0]!
    return {
      count: 2,
      leaves: [
        [leaf, Number.MAX_SAFE_INTEGER],
        [leaf, Number.MAX_SAFE_INTEGER],
      ],
    }
  })
  assert.equal(new Set(lies), new Set(['overflow']))
})

/** Changes each page of credit lines and of inbound lines in turn; what the lies were refused with. */
async function changedPages(change: (page: PageAnswer) => PageAnswer): Promise<(string | undefined)[]> {
  const lies: (string | undefined)[] = []
  for (const [at, { request, answer }] of honest.entries()) {
    const answers = decodeProofAnswer(request.parts, answer)
    for (const [i, part] of request.parts.entries()) {
      if (part.type !== 'page' || (part.tree.name !== 'lines' && part.tree.name !== 'inbound')) continue
      const lie = answers.with(i, change(answers[i] as PageAnswer))
      const bytes = encodeProofAnswer(lie.map((told, k) => encodePartAnswer(request.parts[k]!, told)))
      lies.push(await refusal(replaying(honest, (told, _, k) => (k === at ? bytes : told))))
    }
  }
  assert.ok(lies.length > 1)
  return lies
}

test('a list without end ends at the walk’s bounds', async () => {
  const endless: ProofSource = {
    async ask(request) {
      const answers = decodeProofAnswer(request.parts, await prover.ask(request))
      const lie = answers.map((answer, i) => {
        const part = request.parts[i]!
        if (part.type !== 'page') return answer
        const leaves: PageAnswer['leaves'] = [[Uint8Array.of(1), 1]]
        return { count: 4_000_000_000, leaves }
      })
      return encodeProofAnswer(lie.map((told, k) => encodePartAnswer(request.parts[k]!, told)))
    },
  }
  for (const bounds of [{ requests: 50 }, { leaves: 50 }, { bytes: 5_000 }]) {
    const reader = new ProofReader(endless, { ...walkBoundsDefault, ...bounds })
    const books = new ProvedBooks(trustedEpoch(ledger.driver.store, epoch), reader, 'deep')
    assert.is(await failure(() => walkPayout(books, account)), 'bound')
    assert.ok(reader.costs.requests <= 1_000)
  }
})

test('what a source doesn’t have is said to be missing', async () => {
  const ignorant: ProofSource = { ask: async ({ parts }) => encode(parts.map(() => null)) }
  assert.is(await refusal(ignorant), 'missing')
})

test('what a source throws comes through', async () => {
  const broken: ProofSource = { ask: () => Promise.reject(new NothingRecorded()) }
  assert.is(await refusal(broken), 'asked-otherwise')
})
