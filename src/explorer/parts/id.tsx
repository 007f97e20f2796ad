import { useSurroundings } from '../context.ts'
import { hrefOf, type Place } from '../place.ts'
import { shortId } from '../words.ts'
import { Copy } from './copy.tsx'

interface IdProps {
  /** In full. */
  readonly of: string
  /** In words, where the node told any. */
  readonly text?: string | null | undefined
  /** Whether it can be copied here. */
  readonly copy?: boolean
}

/** What an id of an account or a record leads to; a CID has to be told apart by whoever shows it. */
function placeOfId(id: string): Place {
  if (id.startsWith('did:')) return { page: 'account', account: id }
  return id.includes('/') ? { page: 'record', ref: id } : { page: 'batch', cid: id }
}

/** An account, a record or a batch: its name or both ends of its id, as a link. */
export function Id({ of, text, copy = false }: IdProps) {
  const { nameOf } = useSurroundings()
  const name = nameOf(of)
  // What has no name of its own is told by the end of its ref: any name is better.
  const own = text == null || text === '' || text.startsWith('…') ? undefined : text
  return (
    <span class="id">
      <a href={hrefOf(placeOfId(of))} title={of}>
        {own ?? name ?? <span class="mono">{shortId(of)}</span>}
      </a>
      {own !== undefined && name !== undefined && name !== own && <span class="aside"> {name}</span>}
      {copy && <Copy text={of} what="the whole id" />}
    </span>
  )
}

/** An id that leads nowhere: in full where there is room, to be copied. */
export function Code({
  of,
  what,
  short = true,
}: {
  readonly of: string
  readonly what: string
  readonly short?: boolean
}) {
  return (
    <span class="id">
      <span class="mono" title={of}>
        {short ? shortId(of) : of}
      </span>
      <Copy text={of} what={what} />
    </span>
  )
}
