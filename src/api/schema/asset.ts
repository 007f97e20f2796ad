import Type from 'typebox'
import type { Plain } from './plain.ts'
import { account, count, orNull, ppm, ref } from './words.ts'

export const assetKinds = ['datanet', 'contribution', 'refinement', 'model', 'agent'] as const
export type AssetKind = (typeof assetKinds)[number]

const weights = Type.Array(Type.Object({ ref, weight: ppm }))

export const asset = Type.Object({
  ref,
  kind: Type.Enum([...assetKinds]),
  owner: account,
  name: orNull(Type.String()),
  height: { ...count, description: '0: nothing stands below it.' },
  datanet: Type.Optional(ref),
  parents: Type.Optional(weights),
  origins: Type.Optional(weights),
  bases: Type.Optional({ ...weights, description: "An agent's are its models." }),
  data: Type.Optional(weights),
  ownerShare: Type.Optional(ppm),
  originShare: Type.Optional(ppm),
  refinerShare: Type.Optional(ppm),
  baseShare: Type.Optional(ppm),
  minBaseShare: Type.Optional(ppm),
  reviewers: Type.Optional(Type.Array(account, { description: 'Of a datanet that is reviewed.' })),
  attributor: Type.Optional(orNull(account)),
})
export type AssetStatus = Plain<typeof asset>
