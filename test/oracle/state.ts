import { MILLION, parseOpen } from './amount.ts'
import { accountOrder, sortedBy } from './names.ts'
import type { Account, Ref } from './records.ts'

/** Shares of a fee in ppm: operators, executor, builder, data. */
export type FeeShares = readonly [operators: number, executor: number, builder: number, data: number]

export interface OracleParams {
  readonly inferenceShares: FeeShares
  readonly actionShares: FeeShares
  readonly originFloor: number
  readonly ownerShareMax: number
  readonly attributionWindow: number
  readonly maxFlowAssets: number
  readonly sessionEpochsMax: number
}

export const DEFAULT_PARAMS: OracleParams = {
  inferenceShares: [100_000, 400_000, 200_000, 300_000],
  actionShares: [50_000, 650_000, 200_000, 100_000],
  originFloor: 300_000,
  ownerShareMax: 200_000,
  attributionWindow: 60_480,
  maxFlowAssets: 250_000,
  sessionEpochsMax: 3_153_600,
}

/** Amounts are decimals in OPEN, the commission is in ppm. Accounts hold their balance beside what is staked. */
export interface OracleGenesis {
  readonly accounts: Readonly<Record<Account, string>>
  readonly validators: readonly { readonly account: Account; readonly stake: string; readonly commission: number }[]
  readonly params?: Partial<OracleParams>
}

/** Weights in ppm, in the order in which `divide` takes them. */
export type Parts = readonly (readonly [ref: Ref, weight: bigint])[]

interface Made {
  readonly ref: Ref
  readonly author: Account
  readonly born: number
  owner: Account
}

export interface DatanetState extends Made {
  readonly reviewed: boolean
  readonly ownerShare: bigint
  readonly originShare: number
  readonly refinerShare: bigint
  reviewers: readonly Account[]
}

/** A contribution has no parents and is its own only origin. */
export interface AssetState extends Made {
  readonly datanet: DatanetState
  readonly height: number
  readonly originShare: number
  readonly parents: Parts
  /** By ref; what they lack to a million is the missing weight. */
  readonly origins: Parts
  readonly verdicts: Map<Account, 'accept' | 'reject'>
}

/** A model or an agent: both are routed alike, an agent's bases are its models. */
export interface BuilderState extends Made {
  readonly kind: 'model' | 'agent'
  readonly height: number
  readonly bases: Parts
  readonly baseShare: bigint
  readonly minBaseShare: bigint
  readonly data: Parts
  /** Datanets and assets. */
  readonly reach: ReadonlySet<Ref>
  readonly attributor: Account | undefined
  waiting: bigint
  waitingSince: number
}

export interface SessionState {
  readonly ref: Ref
  readonly born: number
  readonly payer: Account
  readonly payee: Account
  readonly deposit: bigint
  readonly only: ReadonlySet<Ref> | undefined
  expires: number
  total: bigint
  settled: bigint
  closed: boolean
}

export interface ValidatorState {
  readonly account: Account
  readonly stake: bigint
  readonly commission: bigint
  /** F5's sum of ⌊rest·10^12 / bonded⌋. */
  index: bigint
  /** All rests, dust included: what the supply counts as accrued. */
  accrued: bigint
}

export interface State {
  readonly params: OracleParams
  readonly balances: Map<Account, bigint>
  readonly credits: Map<Account, bigint>
  readonly datanets: Map<Ref, DatanetState>
  readonly assets: Map<Ref, AssetState>
  readonly builders: Map<Ref, BuilderState>
  readonly sessions: Map<Ref, SessionState>
  /** Who contributed a content to a datanet, and when. */
  readonly contents: Map<string, { author: Account; born: number }[]>
  /** In account order. */
  readonly validators: readonly ValidatorState[]
  treasury: bigint
}

export function openState(genesis: OracleGenesis): State {
  const validators = genesis.validators.map(({ account, stake, commission }) => ({
    account,
    stake: parseOpen(stake),
    commission: BigInt(commission),
    index: 0n,
    accrued: 0n,
  }))
  return {
    params: { ...DEFAULT_PARAMS, ...genesis.params },
    balances: new Map(Object.entries(genesis.accounts).map(([account, open]) => [account, parseOpen(open)])),
    credits: new Map(),
    datanets: new Map(),
    assets: new Map(),
    builders: new Map(),
    sessions: new Map(),
    contents: new Map(),
    validators: sortedBy(validators, validator => accountOrder(validator.account)),
    treasury: 0n,
  }
}

/** What the missing origins of a refinement weigh. */
export function missingWeight(asset: AssetState): bigint {
  return asset.origins.reduce((rest, [, weight]) => rest - weight, MILLION)
}

/** E2: every µOPEN there is, wherever it lies. */
export function supply(state: State): bigint {
  let total = state.treasury
  for (const balance of state.balances.values()) total += balance
  for (const session of state.sessions.values()) total += session.deposit - session.settled
  for (const builder of state.builders.values()) total += builder.waiting
  for (const validator of state.validators) total += validator.stake + validator.accrued
  return total
}
