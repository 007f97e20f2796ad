import { useSurroundings } from '../context.ts'
import { Answered } from '../parts/answered.tsx'
import { hrefOf, type Place } from '../place.ts'
import { useAnswer } from '../use-answer.ts'
import { shortId } from '../words.ts'
import { Page, Section } from './page.tsx'

interface Hit {
  readonly type: 'account' | 'batch' | 'record' | 'epoch' | 'chain'
  readonly id: string
  readonly label: string | null
}

export function Search({ text }: { readonly text: string }) {
  const { api, nameOf } = useSurroundings()
  const answer = useAnswer(text, 0, async signal => {
    const [{ hits }, named] = await Promise.all([
      api.get('/v1/search', { q: text }, { signal }),
      api.get('/v1/named', { q: text }, { signal }),
    ])
    return { hits, named }
  })
  return (
    <Page title={`Search: ${text}`}>
      <Answered answer={answer} what="the search">
        {({ hits, named: { items, more } }) => {
          const inLedger: Hit[] = [...hits.filter(({ id }) => nameOf(id) === undefined || id === text), ...items]
          const told = hits.filter(hit => inLedger.every(({ id }) => id !== hit.id))
          return (
            <>
              {inLedger.length + told.length === 0 && (
                <p class="empty">
                  Nothing has this id or name here. It takes an account (did:key:…), a record (bafy…/0), the id of a
                  batch, a checkpoint, a contributed content or the genesis, the number of an epoch, or a part of a
                  name.
                </p>
              )}
              {inLedger.length > 0 && (
                <Section title="In the ledger">
                  <Hits of={inLedger} />
                </Section>
              )}
              {told.length > 0 && (
                <Section title="Names that this node was told" lead="They stand in no record.">
                  <Hits of={told} />
                </Section>
              )}
              {more && <p class="aside">There may be more: write more of the name.</p>}
            </>
          )
        }}
      </Answered>
    </Page>
  )
}

function Hits({ of }: { readonly of: readonly Hit[] }) {
  return (
    <ul class="found">
      {of.map(hit => (
        <li key={hit.type + hit.id}>
          <a href={hrefOf(placeOf(hit))}>{hit.label ?? (hit.type === 'epoch' ? `epoch ${hit.id}` : hit.type)}</a>{' '}
          <span class="mono aside">{hit.type === 'epoch' ? '' : shortId(hit.id)}</span>
        </li>
      ))}
    </ul>
  )
}

function placeOf({ type, id }: Hit): Place {
  switch (type) {
    case 'account':
      return { page: 'account', account: id }
    case 'record':
      return { page: 'record', ref: id }
    case 'batch':
      return { page: 'batch', cid: id }
    case 'chain':
      return { page: 'overview' }
    case 'epoch':
      return { page: 'epoch', epoch: Number(id) }
  }
}
