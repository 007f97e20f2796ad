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
  readonly maxValidators: number
  /** µOPEN. */
  readonly minStake: number
  readonly unbonding: number
  readonly slashDouble: number
}

export const DEFAULT_PARAMS: OracleParams = {
  inferenceShares: [100_000, 400_000, 200_000, 300_000],
  actionShares: [50_000, 650_000, 200_000, 100_000],
  originFloor: 300_000,
  ownerShareMax: 200_000,
  attributionWindow: 60_480,
  maxFlowAssets: 250_000,
  sessionEpochsMax: 3_153_600,
  maxValidators: 100,
  minStake: 1_000_000_000,
  unbonding: 181_440,
  slashDouble: 50_000,
}

/** Amounts are decimals in OPEN, the commission is in ppm. Accounts hold their balance beside what is staked. */
export interface OracleGenesis {
  readonly accounts: Readonly<Record<Account, string>>
  readonly validators: readonly {
    readonly account: Account
    readonly stake: string
    readonly commission: number
    /** Vote key; any text of its own. */
    readonly key?: string
  }[]
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

/** A delegator's stake; `earned` is what it earned since it last changed, times 10^12. */
export interface Position {
  amount: bigint
  earned: bigint
}

export interface UnbondingEntry {
  readonly delegator: Account
  readonly due: number
  amount: bigint
}

export interface ValidatorState {
  readonly account: Account
  /** Vote key in force. */
  key: string | undefined
  commission: bigint
  /** Published in this epoch. */
  nextCommission?: bigint | undefined
  /** F5's sum of ⌊rest·10^12 / bonded⌋. */
  index: bigint
  /** All rests that aren't settled, dust included: what the supply counts as accrued. */
  accrued: bigint
  /** Positions, and what rounding left. */
  bonded: bigint
  readonly positions: Map<Account, Position>
  unbonding: bigint
  entries: UnbondingEntry[]
  published: number
  /** When it last stood in a certificate. */
  seen: number | undefined
  barredUntil: number
  proposal: Ref | undefined
}

export interface VoteKeyState {
  readonly owner: Account
  from: number | undefined
  until: number | undefined
  banned: boolean
}

/** One validator in a set. */
export interface Seat {
  readonly account: Account
  readonly key: string
  readonly stake: bigint
}

export interface ProposalState {
  readonly ref: Ref
  readonly author: Account
  readonly changes: Readonly<Record<string, unknown>>
  readonly spend: { readonly to: Account; readonly amount: bigint } | undefined
  readonly voters: readonly Seat[]
  readonly ballots: Map<Account, boolean>
  readonly ends: number
  passed: boolean
}

export interface State {
  params: OracleParams
  /** In force from the next epoch on. */
  nextParams: OracleParams
  readonly balances: Map<Account, bigint>
  readonly credits: Map<Account, bigint>
  readonly datanets: Map<Ref, DatanetState>
  readonly assets: Map<Ref, AssetState>
  readonly builders: Map<Ref, BuilderState>
  readonly sessions: Map<Ref, SessionState>
  /** Who contributed a content to a datanet, and when. */
  readonly contents: Map<string, { author: Account; born: number }[]>
  readonly validators: Map<Account, ValidatorState>
  readonly voteKeys: Map<string, VoteKeyState>
  /** Who votes on the epochs before, now and after. */
  sets: { readonly previous: readonly Seat[]; readonly current: readonly Seat[]; readonly next: readonly Seat[] }
  readonly punished: Set<string>
  readonly proposals: Map<Ref, ProposalState>
  treasury: bigint
}

export function openState(genesis: OracleGenesis): State {
  const seats = genesis.validators.map(({ account, stake, key = `of ${account}` }) => ({
    account,
    key,
    stake: parseOpen(stake),
  }))
  const set = sortedBy(seats, ({ account }) => accountOrder(account))
  const params = { ...DEFAULT_PARAMS, ...genesis.params }
  return {
    params,
    nextParams: params,
    balances: new Map(Object.entries(genesis.accounts).map(([account, open]) => [account, parseOpen(open)])),
    credits: new Map(),
    datanets: new Map(),
    assets: new Map(),
    builders: new Map(),
    sessions: new Map(),
    contents: new Map(),
    validators: new Map(set.map(seat => [seat.account, genesisValidator(seat, genesis)])),
    voteKeys: new Map(
      set.map(({ account, key }) => [key, { owner: account, from: 1, until: undefined, banned: false }]),
    ),
    sets: { previous: set, current: set, next: set },
    punished: new Set(),
    proposals: new Map(),
    treasury: 0n,
  }
}

function genesisValidator({ account, key, stake }: Seat, { validators }: OracleGenesis): ValidatorState {
  const commission = validators.find(validator => validator.account === account)?.commission ?? 0
  return {
    account,
    key,
    commission: BigInt(commission),
    index: 0n,
    accrued: 0n,
    bonded: stake,
    positions: new Map([[account, { amount: stake, earned: 0n }]]),
    unbonding: 0n,
    entries: [],
    published: 0,
    seen: undefined,
    barredUntil: 0,
    proposal: undefined,
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
  for (const validator of state.validators.values()) {
    total += validator.bonded + validator.unbonding + validator.accrued
  }
  return total
}
