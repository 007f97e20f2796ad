import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fromKey, toKey } from '../../../consensus/bytes.ts'
import { decode } from '../../../consensus/cbor/decode.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import type { Value } from '../../../consensus/cbor/value.ts'
import { Cid } from '../../../consensus/cid.ts'
import { writeFileAtomic } from '../../store/atomic-file.ts'
import { Economy, type EconomyState } from './economy.ts'

/** In the data folder. Whoever deletes it loses nothing but the time to count anew. */
const fileName = 'economy.cbor'
/** Of what the file holds: another one is counted anew. */
const fileVersion = 1
const sumNames = ['inferences', 'actions', 'fees', 'paid'] as const

type Pairs<V> = readonly (readonly [Uint8Array, V])[]
type Stored = readonly [
  version: number,
  chain: Cid,
  epoch: number,
  since: number,
  day: number,
  /** As text: in the course of years they outgrow the integers of a block. */
  sums: readonly string[],
  days: readonly (readonly [day: number, fees: number, funded: number])[],
  payers: Pairs<number>,
  funding: Pairs<number>,
  earned: Pairs<readonly number[]>,
  isPartial: boolean,
]

/** What has been counted, kept over a restart. */
export class EconomyFile {
  readonly #path: string
  readonly #chain: Cid

  constructor(dir: string, chain: Cid) {
    this.#path = join(dir, fileName)
    this.#chain = chain
  }

  /** Undefined where there is none of this ledger, or it is damaged. */
  async read(): Promise<Economy | undefined> {
    try {
      const stored = decode(new Uint8Array(await readFile(this.#path))) as unknown as Stored
      const isOwn = stored[0] === fileVersion && stored[1] instanceof Cid && stored[1].equals(this.#chain)
      return isOwn ? Economy.restore(stateOf(stored)) : undefined
    } catch {
      return undefined
    }
  }

  async write(economy: Economy): Promise<void> {
    const stored = storedOf(this.#chain, economy.state())
    await writeFileAtomic(this.#path, encode(stored as unknown as Value), { mode: 0o600, existing: 'replace' })
  }
}

function storedOf(chain: Cid, state: EconomyState): Stored {
  return [
    fileVersion,
    chain,
    state.epoch,
    state.since,
    state.day,
    sumNames.map(name => String(state.sums[name])),
    state.days.map(({ day, fees, funded }) => [day, fees, funded]),
    state.payers.map(([account, bits]) => [fromKey(account), bits]),
    state.funding.map(([pair, day]) => [fromKey(pair), day]),
    state.earned.map(([account, amounts]) => [fromKey(account), amounts]),
    state.isPartial,
  ]
}

function stateOf([, , epoch, since, day, sums, days, payers, funding, earned, isPartial]: Stored): EconomyState {
  const [inferences, actions, fees, paid] = sums.map(Number) as [number, number, number, number]
  return {
    epoch,
    since,
    day,
    sums: { inferences, actions, fees, paid },
    days: days.map(([day, fees, funded]) => ({ day, fees, funded })),
    payers: payers.map(([account, bits]) => [toKey(account), bits]),
    funding: funding.map(([pair, day]) => [toKey(pair), day]),
    earned: earned.map(([account, amounts]) => [toKey(account), amounts]),
    isPartial,
  }
}
