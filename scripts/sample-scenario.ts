/**
 * Writes scripts/sample-scenario.ndjson: a season in the allotment gardens of Millbrook. Neighbours give what they know,
 * others edit and translate it, two models and an agent are built on it, and a handful of people pay for answers.
 *
 *     node scripts/sample-scenario.ts
 */
import { writeFileSync } from 'node:fs'
import {
  ASKED_AFTER_HARVEST,
  ASKED_BEFORE_HARVEST,
  builders,
  datanets,
  diary,
  funds,
  GARDENER,
  garden,
  LEAF_DOCTOR,
  type Line,
  PROVIDERS,
  refinement,
  refinements,
  refinementVerdicts,
  refused,
  type Topic,
  USERS,
  verdict,
  verdicts,
} from './sample-material.ts'

const sessionOf = (user: string, provider: string): string => `${user}-at-${provider}`

const sessions: Line[] = USERS.flatMap(user =>
  PROVIDERS.map(provider => ({
    actor: user,
    do: 'session',
    as: sessionOf(user, provider),
    payee: `@@${provider}`,
    deposit: user === 'xavi' ? '0.75' : '2.5',
    // Wanda pays for garden advice, and for nothing else that a provider might run.
    ...(user === 'wanda' ? { for: ['@gardener', '@planner'] } : {}),
  })),
)

const topics: Topic[] = [
  { name: 'brown-tomato-leaves', uses: [['tomato-qa', 1]] },
  {
    name: 'when-to-plant-out',
    uses: [
      ['tomato-cards', 0.55],
      ['frost-dates', 0.45],
    ],
  },
  {
    name: 'smelly-compost',
    uses: [
      ['compost-qa', 0.8],
      ['compost-layers', 0.2],
    ],
  },
  { name: 'slugs-in-the-lettuce', uses: [['gentle-pests', 1]] },
  {
    name: 'aphids-on-beans',
    uses: [
      ['gentle-pests', 0.6],
      ['ladybirds', 0.25],
      ['bean-poles', 0.15],
    ],
  },
  {
    name: 'garlic-in-heavy-soil',
    uses: [
      ['garlic-date', 0.5],
      ['soil-ph', 0.5],
    ],
  },
  {
    name: 'flooded-lower-plot',
    uses: [
      ['rain-may', 0.7],
      ['soil-ph', 0.3],
    ],
  },
  {
    name: 'windy-corner',
    uses: [
      ['wind-hedge', 0.6],
      ['bean-poles', 0.4],
    ],
  },
  { name: 'good-morning', uses: [] },
]

const harvestTopics: Topic[] = [
  {
    name: 'blight-after-the-storm',
    uses: [
      ['storm-answer', 0.7],
      ['tomato-cards', 0.3],
    ],
  },
  {
    name: 'seed-for-next-year',
    uses: [
      ['seed-saving', 0.5],
      ['tomato-qa', 0.5],
    ],
  },
  ...topics.slice(2),
]

/** A small linear congruential generator: the file must come out the same on every machine. */
class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** An integer from `low` to `high`, both included. */
  roll(low: number, high: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
    return low + ((this.#state >>> 8) % (high - low + 1))
  }

  pick<T>(items: readonly T[]): T {
    return items[this.roll(0, items.length - 1)] as T
  }
}

const open = (microOpen: number): string => {
  const digits = microOpen.toString().padStart(7, '0')
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/\.?0+$/, '')
}

/** Every tenth bill is an action that calls the provider's last two inferences, every sixth asks the leaf doctor. */
class Counter {
  readonly #dice = new Dice(1907)
  readonly #answered = new Map<string, string[]>()
  #count = 0

  serve(count: number, about: readonly Topic[]): Line[] {
    return Array.from({ length: count }, () => this.#bill(about))
  }

  #bill(about: readonly Topic[]): Line {
    this.#count++
    const user = this.#dice.pick(USERS)
    const provider = this.#dice.pick(PROVIDERS)
    const topic = this.#dice.pick(about)
    const as = `${String(this.#count).padStart(3, '0')}-${user}-${topic.name}`
    const session = `@${sessionOf(user, provider)}`
    const uses = topic.uses.length === 0 ? {} : { uses: topic.uses.map(([label, weight]) => [`@${label}`, weight]) }
    const answered = this.#answered.get(provider) ?? []
    if (this.#count % 10 === 0 && answered.length > 1) {
      const calls = answered.slice(-2).map(label => `@${label}`)
      const fee = open(this.#dice.roll(9, 40) * 500)
      return { actor: provider, do: 'action', as, session, agent: '@planner', fee, calls, ...uses }
    }
    this.#answered.set(provider, [...answered, as])
    const isLeaf = this.#count % 6 === 0 && user !== 'wanda'
    const price = isLeaf ? LEAF_DOCTOR : GARDENER
    const tokensIn = this.#dice.roll(60, 900)
    const tokensOut = this.#dice.roll(40, 500)
    const fee = open(tokensIn * price.in + tokensOut * price.out)
    const model = isLeaf ? '@leaf-doctor' : '@gardener'
    return { actor: provider, do: 'inference', as, session, model, tokensIn, tokensOut, fee, ...uses }
  }
}

/** A generated answer comes back as data, and earns for those whose data it drew on. */
function givenBack(bills: readonly Line[]): Line[] {
  const source = bills.find(line => line.do === 'inference' && String(line.as).endsWith('brown-tomato-leaves'))
  const answer = refinement(
    'greta',
    'storm-answer',
    [
      ['tomato-qa', 0.6],
      ['rain-may', 0.4],
    ],
    'After a storm: look at the lower leaves first, on the third day. The model said the second; on my plot it was the third, twice.',
  )
  return [
    { ...answer, source: `@${source?.as}` },
    verdict('ingrid', 'storm-answer', 'Corrected by somebody who went out and looked.'),
  ]
}

const attribution: Line = {
  actor: 'ada',
  do: 'attribution',
  model: '@leaf-doctor',
  uses: [
    ['@tomato-blight', 0.45],
    ['@tomato-care', 0.3],
    ['@ladybirds', 0.15],
    ['@slug-boards', 0.1],
  ],
  method: 'influence of each text on the answers of the week, measured by leaving it out',
}

const thanks: Line[] = [
  { actor: 'rosa', do: 'transfer', to: '@@tomasz', amount: '1.5', memo: 'for reading everything twice' },
  { actor: 'rosa', do: 'transfer', to: '@@ingrid', amount: '1', memo: 'for the honest verdicts' },
  { actor: 'yara', do: 'transfer', to: '@@greta', amount: '0.25', memo: 'the beans hold' },
]

const farewells: Line[] = [
  { actor: 'hugo', do: 'assign', asset: '@garlic-date', to: '@@greta' },
  { actor: 'xavi', do: 'close', session: `@${sessionOf('xavi', 'oldmill')}` },
]

const barrier: Line = { do: 'wait' }

/** All lines of the sample, in order. */
export function sampleScenario(): Line[] {
  const counter = new Counter()
  const summer = counter.serve(ASKED_BEFORE_HARVEST, topics)
  return [
    ...funds,
    ...datanets,
    ...garden,
    refused,
    ...diary,
    ...verdicts,
    ...refinements,
    ...refinementVerdicts,
    ...builders,
    ...sessions,
    ...thanks,
    barrier,
    ...summer,
    ...givenBack(summer),
    barrier,
    attribution,
    ...counter.serve(ASKED_AFTER_HARVEST, harvestTopics),
    ...farewells,
  ]
}

export const SAMPLE_FILE = new URL('sample-scenario.ndjson', import.meta.url)

export const toNdjson = (lines: readonly Line[]): string => lines.map(line => `${JSON.stringify(line)}\n`).join('')

if (import.meta.main) writeFileSync(SAMPLE_FILE, toNdjson(sampleScenario()))
