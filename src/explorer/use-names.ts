import { useEffect, useMemo, useState } from 'preact/hooks'
import type { ApiClient } from '../client/index.ts'

interface NamedId {
  readonly id: string
  readonly name: string
}

export interface Names {
  nameOf(id: string): string | undefined
  named(text: string): readonly NamedId[]
}

/** What people call accounts and records, where the node was told: on a testnet. None is fine. */
export function useNames(api: ApiClient): Names {
  const [list, setList] = useState<readonly NamedId[]>([])
  useEffect(() => {
    const gone = new AbortController()
    setList([])
    api.get('/v1/names', {}, { signal: gone.signal }).then(
      ({ actors, labels }) => {
        const all = [...Object.entries(actors), ...Object.entries(labels)]
        if (!gone.signal.aborted) setList(all.map(([name, id]) => ({ id, name })))
      },
      // Ids do as well.
      () => {},
    )
    return () => gone.abort()
  }, [api])
  return useMemo(() => {
    const byId = new Map(list.map(({ id, name }) => [id, name]))
    return {
      nameOf: id => byId.get(id),
      named: text => list.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase())),
    }
  }, [list])
}
