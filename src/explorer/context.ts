import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { ApiClient } from '../client/index.ts'
import type { Head } from './live.ts'

/** What every part of the page may need. */
export interface Surroundings {
  readonly api: ApiClient
  readonly head: Head
  /** What somebody calls an account or a record, where the node was told. */
  nameOf(id: string): string | undefined
  /** Ids whose names contain a text. */
  named(text: string): readonly { readonly id: string; readonly name: string }[]
}

export const Context = createContext<Surroundings | undefined>(undefined)

export function useSurroundings(): Surroundings {
  const surroundings = useContext(Context)
  if (surroundings === undefined) throw new Error('a part of the page stands outside of it')
  return surroundings
}
