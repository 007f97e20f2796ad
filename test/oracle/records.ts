/** `<cid>/<index>`. */
export type Ref = string
/** `did:key:z6Mk…`. */
export type Account = string
/** Distinct refs with weights in ppm. */
export type Weights = readonly (readonly [ref: Ref, ppm: number])[]

export const OUTCOMES = ['done', 'paid', 'unpaid', 'failed'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** One line of `export --records`. What the ledger said of it (`outcome`, `code`) is left out: the oracle must not see it. */
interface Line<Kind extends string> {
  readonly epoch: number
  readonly ref: Ref
  readonly author: Account
  readonly kind: Kind
}

export interface Transfer extends Line<'transfer'> {
  readonly to: Account
  readonly amount: string
}

export interface Datanet extends Line<'datanet'> {
  readonly admission: 'open' | 'reviewed'
  readonly reviewers: readonly Account[]
  readonly ownerShare: number
  readonly originShare: number
  readonly refinerShare: number
}

export interface Contribution extends Line<'contribution'> {
  readonly datanet: Ref
  readonly content: string
}

export interface Refinement extends Line<'refinement'> {
  readonly datanet: Ref
  readonly content: string
  readonly parents: Weights
}

export interface Review extends Line<'review'> {
  readonly asset: Ref
  readonly verdict: 'accept' | 'reject'
}

export interface Reviewers extends Line<'reviewers'> {
  readonly datanet: Ref
  readonly reviewers: readonly Account[]
}

export interface Model extends Line<'model'> {
  readonly base?: Weights
  readonly baseShare: number
  readonly minBaseShare: number
  readonly data?: Weights
  readonly attributor?: Account
}

export interface Agent extends Line<'agent'> {
  readonly models: Weights
  readonly baseShare: number
}

export interface Assign extends Line<'assign'> {
  readonly asset: Ref
  readonly to: Account
}

export interface Session extends Line<'session'> {
  readonly payee: Account
  readonly deposit: string
  readonly expires: number
  readonly for?: readonly Ref[]
}

export interface Close extends Line<'close'> {
  readonly session: Ref
}

export interface Voucher extends Line<'voucher'> {
  readonly session: Ref
  readonly total: string
}

export interface Inference extends Line<'inference'> {
  readonly session: Ref
  readonly model: Ref
  readonly fee: string
  readonly uses?: Weights
}

export interface Action extends Line<'action'> {
  readonly session: Ref
  readonly agent: Ref
  readonly fee: string
  readonly uses?: Weights
}

export interface Attribution extends Line<'attribution'> {
  readonly model: Ref
  readonly uses: Weights
}

export interface Validator extends Line<'validator'> {
  readonly key: string
  readonly commission: number
}

export interface Stake extends Line<'stake'> {
  readonly validator: Account
  readonly amount: string
}

export interface Unstake extends Line<'unstake'> {
  readonly validator: Account
  readonly amount: string
}

export interface Proposal extends Line<'proposal'> {
  readonly changes?: Readonly<Record<string, unknown>>
  readonly spend?: { readonly to: Account; readonly amount: string }
}

export interface Ballot extends Line<'ballot'> {
  readonly proposal: Ref
  readonly vote: 'yes' | 'no'
}

export interface SignedMessage {
  readonly type: 'proposal' | 'prevote' | 'precommit'
  readonly epoch: number
  readonly round: number
  readonly checkpoint: string | null
  readonly validRound: number
  readonly content?: string
}

export interface Evidence extends Line<'evidence'> {
  readonly key: string
  readonly first: SignedMessage
  readonly second: SignedMessage
}

export type RecordLine =
  | Transfer
  | Datanet
  | Contribution
  | Refinement
  | Review
  | Reviewers
  | Model
  | Agent
  | Assign
  | Session
  | Close
  | Voucher
  | Inference
  | Action
  | Attribution
  | Validator
  | Stake
  | Unstake
  | Proposal
  | Ballot
  | Evidence
