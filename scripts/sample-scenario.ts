/**
 * Writes scripts/sample-scenario.ndjson: a season in the allotment gardens of Millbrook. Neighbours give what they know,
 * others edit and translate it, two models and an agent are built on it, and a handful of people pay for answers.
 *
 *     node scripts/sample-scenario.ts
 */
import { writeFileSync } from 'node:fs'

type Line = { readonly actor?: string; readonly do: string; readonly as?: string; readonly [field: string]: unknown }
type Uses = readonly (readonly [label: string, weight: number])[]

interface Topic {
  readonly name: string
  readonly uses: Uses
}

interface Price {
  /** µOPEN per token. */
  readonly in: number
  readonly out: number
}

const PROVIDERS = ['northbarn', 'oldmill']
const USERS = ['uma', 'viktor', 'wanda', 'xavi', 'yara']

const GARDENER: Price = { in: 2, out: 6 }
const LEAF_DOCTOR: Price = { in: 4, out: 12 }
const ASKED_BEFORE_HARVEST = 150
const ASKED_AFTER_HARVEST = 100

const funds: Line[] = [
  { actor: 'uma', do: 'fund', amount: '20' },
  { actor: 'viktor', do: 'fund', amount: '12.5' },
  { actor: 'wanda', do: 'fund', amount: '30' },
  { actor: 'xavi', do: 'fund', amount: '8' },
  { actor: 'yara', do: 'fund', amount: '15' },
  { actor: 'rosa', do: 'fund', amount: '5' },
]

const datanets: Line[] = [
  {
    actor: 'rosa',
    do: 'datanet',
    as: 'garden',
    name: 'What grows in Millbrook',
    admission: 'reviewed',
    reviewers: ['@@tomasz', '@@ingrid'],
    ownerShare: 0.05,
    originShare: 0.4,
    refinerShare: 0.4,
  },
  { actor: 'halim', do: 'datanet', as: 'diary', name: 'Soil and weather diary of the valley' },
]

const contribution = (actor: string, as: string, datanet: string, text: string): Line => ({
  actor,
  do: 'contribution',
  as,
  datanet,
  content: { text },
})

const garden: Line[] = [
  contribution(
    'ana',
    'tomato-blight',
    '@garden',
    'Brown blotches on tomato leaves after three wet days are late blight. Cut the leaves off at noon, when they are dry, and burn them.',
  ),
  contribution(
    'bo',
    'water-low',
    '@garden',
    'I water tomatoes at the root, early, a full can every third day. Since then no leaf has stayed wet overnight.',
  ),
  contribution(
    'carmen',
    'compost-layers',
    '@garden',
    'Two buckets of brown (leaves, cardboard) to one of green (peelings, grass). If it smells, it wants more brown.',
  ),
  contribution(
    'dev',
    'leaf-mould',
    '@garden',
    'Oak leaves in an old sack with holes, kept damp and forgotten for two winters, become the best seed compost I know.',
  ),
  contribution(
    'elif',
    'slug-boards',
    '@garden',
    'Lay a wet board between the lettuces in the evening. At seven in the morning the slugs sit under it.',
  ),
  contribution(
    'farid',
    'ladybirds',
    '@garden',
    'I leave the nettles by the fence standing until June: the ladybirds grow up there and then clear the aphids off the beans.',
  ),
  contribution(
    'greta',
    'bean-poles',
    '@garden',
    'Runner beans twine to the left. Help them the other way and they unwind overnight, every time.',
  ),
  contribution(
    'hugo',
    'garlic-date',
    '@garden',
    'Garlic goes in on the day the clocks go back. Planted in spring, mine stayed one single clove.',
  ),
  contribution(
    'ana',
    'seed-saving',
    '@garden',
    'Save seed from the second truss of the best plant, never from the last fruit that happened to be left.',
  ),
  contribution(
    'carmen',
    'hot-bed',
    '@garden',
    'Forty centimetres of fresh horse manure under the frame: on the fifth day it is warm enough for melons in April.',
  ),
]

const refused = contribution('nils', 'salt-paths', '@garden', 'Pour salt on the paths and no weed will ever come back.')

const diary: Line[] = [
  contribution(
    'halim',
    'frost-dates',
    '@diary',
    'Last frost by the brook, ten years: 19 May, 2 May, 11 May, 14 May, 28 April, 16 May, 9 May, 12 May, 4 May, 15 May.',
  ),
  contribution(
    'halim',
    'rain-may',
    '@diary',
    'Rain in May, in millimetres: 61, 44, 97, 38, 72. Above 80 the lower plots stand under water.',
  ),
  contribution(
    'hugo',
    'soil-ph',
    '@diary',
    'Soil by the mill: pH 6.4, heavy. On the hill: pH 7.3, stony, dry by July.',
  ),
  contribution(
    'elif',
    'wind-hedge',
    '@diary',
    'Behind the hornbeam hedge the wind gauge shows a third of what it shows on the open plots.',
  ),
]

const verdict = (actor: string, asset: string, reason: string): Line => ({
  actor,
  do: 'review',
  asset: `@${asset}`,
  verdict: 'accept',
  reason,
})

const labelsOf = (lines: readonly Line[]): string[] => lines.map(line => String(line.as))

const verdicts: Line[] = [
  ...labelsOf(garden).map(label => verdict('tomasz', label, 'I have seen it on the plot.')),
  ...['tomato-blight', 'compost-layers', 'hot-bed'].map(label => verdict('ingrid', label, 'I do it the same way.')),
  ...['tomasz', 'ingrid'].map(actor => ({
    actor,
    do: 'review',
    asset: '@salt-paths',
    verdict: 'reject',
    reason: 'Salt ruins the soil of every plot downhill, for years.',
  })),
]

const refinement = (actor: string, as: string, parents: Uses, text: string): Line => ({
  actor,
  do: 'refinement',
  as,
  datanet: '@garden',
  parents: parents.map(([label, weight]) => [`@${label}`, weight]),
  content: { text },
})

const refinements: Line[] = [
  refinement(
    'ines',
    'tomato-care',
    [
      ['tomato-blight', 0.6],
      ['water-low', 0.4],
    ],
    'Keep tomato leaves dry: water at the root and early. Blotches after rain are late blight: cut at noon, burn, wash the knife.',
  ),
  refinement(
    'jun',
    'tomato-care-es',
    [['tomato-care', 1]],
    'Mantén secas las hojas del tomate: riega la raíz, temprano. Manchas tras la lluvia son mildiu: corta a mediodía, quema, lava el cuchillo.',
  ),
  refinement(
    'kofi',
    'tomato-qa',
    [
      ['tomato-care-es', 0.7],
      ['seed-saving', 0.3],
    ],
    '¿Por qué se manchan las hojas? Mildiu, si llovió tres días. ¿Puedo guardar semilla de esa planta? No: guarda de la mejor y más sana.',
  ),
  refinement(
    'lena',
    'tomato-cards',
    [
      ['tomato-qa', 0.75],
      ['frost-dates', 0.25],
    ],
    'May: plant out after the 16th. June: water low, tie up. July: after rain look for blotches. August: choose the plant for seed.',
  ),
  refinement(
    'kofi',
    'compost-guide',
    [
      ['compost-layers', 0.6],
      ['leaf-mould', 0.4],
    ],
    'Two parts brown, one part green; more brown if it smells. Leaves alone go in a sack for two winters and come out as seed compost.',
  ),
  refinement(
    'ines',
    'compost-qa',
    [
      ['compost-guide', 0.8],
      ['hot-bed', 0.2],
    ],
    'Why does my heap smell? Too much green. Why is it cold? Too small, or too dry. What if I need heat now? Fresh manure under a frame.',
  ),
  refinement(
    'lena',
    'gentle-pests',
    [
      ['slug-boards', 0.5],
      ['ladybirds', 0.5],
    ],
    'Slugs: a wet board overnight, lift it at seven. Aphids: leave nettles until June, the ladybirds come from there.',
  ),
]

const refinementVerdicts: Line[] = labelsOf(refinements).map(label =>
  verdict('tomasz', label, 'Says what the gardeners said, and clearer.'),
)

const builders: Line[] = [
  {
    actor: 'seedlab',
    do: 'model',
    as: 'seedling',
    name: 'seedling-base-3b',
    minBaseShare: 0.15,
    data: [['@diary', 1]],
    price: { in: '0.001', out: '0.003' },
  },
  {
    actor: 'mira',
    do: 'model',
    as: 'gardener',
    name: 'millbrook-gardener-3b',
    base: [['@seedling', 1]],
    baseShare: 0.25,
    data: [
      ['@garden', 0.5],
      ['@tomato-cards', 0.3],
      ['@compost-qa', 0.2],
    ],
    price: { in: '0.002', out: '0.006' },
  },
  {
    actor: 'otto',
    do: 'model',
    as: 'leaf-doctor',
    name: 'leaf-doctor-vision',
    base: [['@seedling', 1]],
    baseShare: 0.15,
    data: [
      ['@garden', 0.6],
      ['@tomato-blight', 0.4],
    ],
    price: { in: '0.004', out: '0.012' },
    attributor: '@@ada',
  },
  {
    actor: 'pia',
    do: 'agent',
    as: 'planner',
    name: 'planting-planner',
    models: [
      ['@gardener', 0.7],
      ['@leaf-doctor', 0.3],
    ],
    baseShare: 0.3,
  },
]

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
