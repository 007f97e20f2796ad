import { MILLION } from './amount.ts'
import { type Epoch, need, owns, visible } from './epoch.ts'
import { refOrder, sortedBy } from './names.ts'
import type {
  Account,
  Agent,
  Assign,
  Contribution,
  Datanet,
  Model,
  Outcome,
  Ref,
  Refinement,
  Review,
  Reviewers,
  Weights,
} from './records.ts'
import type { AssetState, BuilderState, DatanetState, Parts, State } from './state.ts'

const ORIGINS_MAX = 32
const REACH_MAX = 1024

const parts = (weights: Weights): Parts => weights.map(([ref, ppm]) => [ref, BigInt(ppm)] as const)

export function makeDatanet(state: State, epoch: Epoch, record: Datanet): Outcome {
  need(record.originShare >= state.params.originFloor, 'originShare below the floor')
  need(record.ownerShare <= state.params.ownerShareMax, 'ownerShare above the maximum')
  state.datanets.set(record.ref, {
    ref: record.ref,
    author: record.author,
    born: epoch.number,
    owner: record.author,
    reviewed: record.admission === 'reviewed',
    reviewers: record.reviewers,
    ownerShare: BigInt(record.ownerShare),
    originShare: record.originShare,
    refinerShare: BigInt(record.refinerShare),
  })
  return 'done'
}

export function contribute(state: State, epoch: Epoch, record: Contribution): Outcome {
  const datanet = visible(state.datanets, record.datanet, record.author, epoch)
  need(datanet !== undefined, 'no such datanet')
  const key = `${record.datanet} ${record.content}`
  const sources = state.contents.get(key) ?? []
  const earlier = sources.filter(source => source.born < epoch.number)
  need(earlier.length === 0 || earlier.some(({ author }) => author === record.author), 'E5: an origin already')
  state.contents.set(key, [...sources, { author: record.author, born: epoch.number }])
  state.assets.set(record.ref, {
    ref: record.ref,
    author: record.author,
    born: epoch.number,
    owner: record.author,
    datanet,
    height: 0,
    originShare: datanet.originShare,
    parents: [],
    origins: [[record.ref, MILLION]],
    verdicts: new Map(),
  })
  return 'done'
}

export function refine(state: State, epoch: Epoch, record: Refinement): Outcome {
  const datanet = visible(state.datanets, record.datanet, record.author, epoch)
  need(datanet !== undefined, 'no such datanet')
  const parents = record.parents.map(([ref, ppm]) => {
    const asset = visible(state.assets, ref, record.author, epoch)
    need(asset !== undefined, 'no such parent')
    return { asset, weight: BigInt(ppm) }
  })
  state.assets.set(record.ref, {
    ref: record.ref,
    author: record.author,
    born: epoch.number,
    owner: record.author,
    datanet,
    height: 1 + Math.max(...parents.map(({ asset }) => asset.height)),
    originShare: Math.max(datanet.originShare, ...parents.map(({ asset }) => asset.originShare)),
    parents: parts(record.parents),
    origins: inheritedOrigins(parents),
    verdicts: new Map(),
  })
  return 'done'
}

/** F4: each parent hands down its origins in proportion; the greatest are kept as they are, what is cut off is missing. */
function inheritedOrigins(parents: readonly { asset: AssetState; weight: bigint }[]): Parts {
  const weights = new Map<Ref, bigint>()
  for (const { asset, weight } of parents) {
    for (const [origin, share] of asset.origins) {
      weights.set(origin, (weights.get(origin) ?? 0n) + (weight * share) / MILLION)
    }
  }
  const byRef = sortedBy(
    [...weights].filter(([, weight]) => weight > 0n),
    ([ref]) => refOrder(ref),
  )
  const greatestFirst = byRef.toSorted(([, a], [, b]) => (a > b ? -1 : a < b ? 1 : 0))
  return sortedBy(greatestFirst.slice(0, ORIGINS_MAX), ([ref]) => refOrder(ref))
}

export function review(state: State, epoch: Epoch, record: Review): Outcome {
  const asset = visible(state.assets, record.asset, record.author, epoch)
  need(asset !== undefined, 'no such contribution or refinement')
  need(reviewersFor(record.author, asset.datanet, epoch).includes(record.author), 'not a reviewer of this datanet')
  epoch.verdicts.push({ asset, reviewer: record.author, verdict: record.verdict })
  return 'done'
}

/** Only the owner changes them, so only the owner sees within the epoch that they are others. */
function reviewersFor(author: Account, datanet: DatanetState, epoch: Epoch): readonly Account[] {
  return (datanet.owner === author ? epoch.reviewers.get(datanet.ref) : undefined) ?? datanet.reviewers
}

export function changeReviewers(state: State, epoch: Epoch, record: Reviewers): Outcome {
  const datanet = visible(state.datanets, record.datanet, record.author, epoch)
  need(datanet !== undefined, 'no such datanet')
  need(datanet.reviewed, 'an open datanet has no reviewers')
  need(owns(record.author, datanet, epoch), 'not the owner of the datanet')
  epoch.reviewers.set(datanet.ref, record.reviewers)
  return 'done'
}

export function makeModel(state: State, epoch: Epoch, record: Model): Outcome {
  const data = parts(record.data ?? [])
  for (const [ref] of data) {
    const known = visible(state.datanets, ref, record.author, epoch) ?? visible(state.assets, ref, record.author, epoch)
    need(known !== undefined, 'no such datanet or asset')
  }
  const bases = findBases(state, epoch, record.author, record.base ?? [])
  const reach = new Set([...data.map(([ref]) => ref), ...bases.flatMap(base => [...base.reach])])
  return build(state, epoch, record, {
    bases,
    weights: parts(record.base ?? []),
    minBaseShare: BigInt(record.minBaseShare),
    data,
    reach,
    attributor: record.attributor,
  })
}

export function makeAgent(state: State, epoch: Epoch, record: Agent): Outcome {
  const bases = findBases(state, epoch, record.author, record.models)
  return build(state, epoch, record, {
    bases,
    weights: parts(record.models),
    minBaseShare: 0n,
    data: [],
    reach: new Set(bases.flatMap(base => [...base.reach])),
    attributor: undefined,
  })
}

function findBases(state: State, epoch: Epoch, author: string, weights: Weights): BuilderState[] {
  return weights.map(([ref]) => {
    const base = visible(state.builders, ref, author, epoch)
    need(base !== undefined && base.kind === 'model', 'no such model')
    return base
  })
}

interface Blueprint extends Pick<BuilderState, 'minBaseShare' | 'data' | 'reach' | 'attributor'> {
  readonly bases: readonly BuilderState[]
  readonly weights: Parts
}

function build(state: State, epoch: Epoch, record: Model | Agent, blueprint: Blueprint): Outcome {
  const { bases, weights, ...rest } = blueprint
  const baseShare = BigInt(record.baseShare)
  need(
    bases.every(base => baseShare >= base.minBaseShare),
    'F2: baseShare below what a base asks for',
  )
  need(rest.reach.size <= REACH_MAX, 'F3: reach too wide')
  state.builders.set(record.ref, {
    ref: record.ref,
    author: record.author,
    born: epoch.number,
    owner: record.author,
    kind: record.kind,
    height: bases.length === 0 ? 0 : 1 + Math.max(...bases.map(base => base.height)),
    bases: weights,
    baseShare,
    ...rest,
    waiting: 0n,
    waitingSince: 0,
  })
  return 'done'
}

export function assign(state: State, epoch: Epoch, record: Assign): Outcome {
  const made =
    visible(state.datanets, record.asset, record.author, epoch) ??
    visible(state.assets, record.asset, record.author, epoch) ??
    visible(state.builders, record.asset, record.author, epoch)
  need(made !== undefined, 'no such asset')
  need(owns(record.author, made, epoch), 'not the owner')
  epoch.owners.set(made.ref, record.to)
  return 'done'
}
