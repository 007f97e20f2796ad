import { openText } from '../decimal.ts'
import type { Failure, Tally } from '../scenario/tally.ts'
import type { Blueprint } from './blueprint.ts'
import type { CommonEpoch } from './common-epoch.ts'
import type { Fleet } from './fleet.ts'

/** What a testnet that was played to its end tells (DESIGN section 9). Amounts are decimals in OPEN. */
export interface Summary {
  /** Its CID. */
  readonly genesis: string
  readonly seed: number
  readonly dir: string
  readonly epochs: number
  readonly seconds: number
  /** Lines of the scenarios that are records. */
  readonly records: {
    readonly submitted: number
    /** Includes failed and unpaid. */
    readonly finalized: number
    readonly failed: number
    readonly unpaid: number
  }
  /** Written by the runner. */
  readonly vouchers: number
  readonly failures: readonly Failure[]
  readonly checkpoint: {
    readonly epoch: number
    readonly cid: string | null
    readonly payoutRoot: string | null
    readonly stateRoot: string | null
  }
  readonly nodes: readonly {
    readonly name: string
    readonly peerId: string
    readonly addrs: readonly string[]
    readonly api: string | null
    readonly data: string
    readonly validator: string | null
    readonly epoch: number
    readonly checkpoint: string | null
  }[]
  readonly supply: {
    readonly genesis: string
    readonly now: string
    readonly waiting: string
    readonly accrued: string
    readonly treasury: string
  }
  /** Name → account. */
  readonly actors: Readonly<Record<string, string>>
  /** Path of the file {label: ref}. */
  readonly labels: string
  /** After faults: what was found true in the data of all nodes. */
  readonly invariants?: readonly string[]
}

export interface SummaryParts {
  readonly blueprint: Blueprint
  readonly dir: string
  readonly fleet: Fleet
  readonly tally: Tally
  readonly common: CommonEpoch
  readonly elapsedMs: number
  readonly actors: Summary['actors']
  readonly labels: string
  readonly invariants: readonly string[] | undefined
}

export function summarize(parts: SummaryParts): Summary {
  const { blueprint, dir, fleet, tally, common, elapsedMs, actors, labels, invariants } = parts
  const { submitted, finalized, failed, unpaid, vouchers, failures } = tally
  const { epoch, checkpoint, supply, statuses } = common
  return {
    genesis: blueprint.chain.toString(),
    seed: blueprint.seed,
    dir,
    epochs: epoch,
    seconds: Math.round(elapsedMs) / 1000,
    records: { submitted, finalized, failed, unpaid },
    vouchers,
    failures,
    checkpoint: {
      epoch,
      cid: checkpoint?.cid ?? null,
      payoutRoot: checkpoint?.roots.payout ?? null,
      stateRoot: checkpoint?.roots.state ?? null,
    },
    nodes: fleet.nodes.map(({ name, data, ready }, i) => {
      const { peerId, addrs, validator, epoch: own, checkpoint: cid } = statuses[i]!
      return { name, peerId, addrs, api: ready.api, data, validator, epoch: own, checkpoint: cid }
    }),
    supply: {
      genesis: openText(supply.genesis),
      now: openText(supply.now),
      waiting: openText(supply.waiting),
      accrued: openText(supply.accrued),
      treasury: openText(supply.treasury),
    },
    actors,
    labels,
    ...(invariants === undefined ? {} : { invariants }),
  }
}

export function summaryText({
  dir,
  epochs,
  seconds,
  records,
  vouchers,
  failures,
  checkpoint,
  nodes,
  supply,
  invariants: checked,
}: Summary): string {
  const { finalized, submitted, failed, unpaid } = records
  const lines = [
    `${finalized} of ${submitted} records final in ${seconds} s and ${epochs} epochs; ${failed} failed, ${unpaid} unpaid`,
    `vouchers written for the payers: ${vouchers}`,
    ...failures.map(({ file, line, outcome, code }) => `  ${file}:${line}: ${outcome ?? code}`),
    `checkpoint ${checkpoint.epoch} ${checkpoint.cid ?? ''}`.trimEnd(),
    `supply ${supply.now} OPEN of ${supply.genesis}; ${supply.accrued} accrued, ${supply.waiting} waiting, ${supply.treasury} in the treasury`,
    ...(checked === undefined ? [] : [`checked in the data of all nodes: ${checked.join('; ')}`]),
    `data of ${nodes.length} nodes in ${dir}`,
  ]
  return lines.join('\n')
}
