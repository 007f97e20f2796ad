import Type from 'typebox'
import { parseAccountKey } from '../../../consensus/account.ts'
import { Cid } from '../../../consensus/cid.ts'
import { type RefKey, refKey } from '../../../consensus/ref.ts'
import { found } from '../found.ts'
import { json, route } from '../route.ts'
import { asset, assetKinds } from '../schema/asset.ts'
import { pageFields, pageOf } from '../schema/page.ts'
import { account, cid, index, ref } from '../schema/words.ts'

const tag = 'assets'

export const assetRoutes = [
  route({
    method: 'GET',
    path: '/v1/assets',
    tag,
    does: 'What can earn, by ref: of a kind, of an owner, or made of another asset.',
    fields: {
      kind: Type.Optional(Type.Enum([...assetKinds])),
      owner: Type.Optional(account),
      of: Type.Optional({ ...ref, description: 'Among its parents, bases or data, or its datanet.' }),
      ...pageFields,
    },
    answer: json(pageOf(asset)),
    cost: 5,
    handle: ({ pages }, { kind, owner, of, ...ask }) => {
      const filter = {
        ...(kind !== undefined && { kind }),
        ...(owner !== undefined && { owner: parseAccountKey(owner, 'owner') }),
        ...(of !== undefined && { of: refKeyOf(of) }),
      }
      return pages.assets(filter, ask)
    },
  }),
  route({
    method: 'GET',
    path: '/v1/assets/{cid}/{index}',
    tag,
    does: 'A datanet, a contribution, a refinement, a model or an agent, as it stands.',
    fields: { cid, index },
    answer: json(asset),
    refusals: ['not-found'],
    handle: async ({ pages }, { cid, index }) =>
      found(pages.asset(refKey(Cid.fromText(cid, 'cid'), index)), `${cid}/${index}`),
  }),
] as const

function refKeyOf(text: string): RefKey {
  const [batch = '', index] = text.split('/')
  return refKey(Cid.fromText(batch, 'of'), Number(index))
}
