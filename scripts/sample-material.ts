/** Who lives in Millbrook, what they know, and what they make of it: the sample's assets. */

export type Line = {
  readonly actor?: string
  readonly do: string
  readonly as?: string
  readonly [field: string]: unknown
}
type Uses = readonly (readonly [label: string, weight: number])[]

export interface Topic {
  readonly name: string
  readonly uses: Uses
}

interface Price {
  /** µOPEN per token. */
  readonly in: number
  readonly out: number
}

export const PROVIDERS = ['northbarn', 'oldmill']
export const USERS = ['uma', 'viktor', 'wanda', 'xavi', 'yara']

export const GARDENER: Price = { in: 2, out: 6 }
export const LEAF_DOCTOR: Price = { in: 4, out: 12 }
export const ASKED_BEFORE_HARVEST = 150
export const ASKED_AFTER_HARVEST = 100

export const funds: Line[] = [
  { actor: 'uma', do: 'fund', amount: '20' },
  { actor: 'viktor', do: 'fund', amount: '12.5' },
  { actor: 'wanda', do: 'fund', amount: '30' },
  { actor: 'xavi', do: 'fund', amount: '8' },
  { actor: 'yara', do: 'fund', amount: '15' },
  { actor: 'rosa', do: 'fund', amount: '5' },
]

export const datanets: Line[] = [
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

export const garden: Line[] = [
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

export const refused = contribution(
  'nils',
  'salt-paths',
  '@garden',
  'Pour salt on the paths and no weed will ever come back.',
)

export const diary: Line[] = [
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

export const verdict = (actor: string, asset: string, reason: string): Line => ({
  actor,
  do: 'review',
  asset: `@${asset}`,
  verdict: 'accept',
  reason,
})

const labelsOf = (lines: readonly Line[]): string[] => lines.map(line => String(line.as))

export const verdicts: Line[] = [
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

export const refinement = (actor: string, as: string, parents: Uses, text: string): Line => ({
  actor,
  do: 'refinement',
  as,
  datanet: '@garden',
  parents: parents.map(([label, weight]) => [`@${label}`, weight]),
  content: { text },
})

export const refinements: Line[] = [
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

export const refinementVerdicts: Line[] = labelsOf(refinements).map(label =>
  verdict('tomasz', label, 'Says what the gardeners said, and clearer.'),
)

export const builders: Line[] = [
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
