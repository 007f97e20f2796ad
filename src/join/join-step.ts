/** How far a node is that joins: it looks for peers, nobody has answered yet, or a snapshot's state is coming. */
export type JoinStep =
  | { readonly step: 'asking' }
  | { readonly step: 'no-peer'; readonly problem: string }
  | ({ readonly step: 'fetching' } & FetchedState)

export interface FetchedState {
  /** Of the snapshot. */
  readonly epoch: number
  /** Of its paths, from 0 to 1. */
  readonly share: number
  /** Since this start. */
  readonly chunks: number
  readonly bytes: number
  /** Null before anything tells. */
  readonly secondsLeft: number | null
  /** Since the last chunk came, or this start. */
  readonly idleSeconds: number
}

const megabyte = 1_000_000
/** From here on the pace of before tells nothing of when the rest will be here: a peer that is asked has not answered in time. */
const idleSecondsMax = 20

/** For people: one line. */
export function joinText(step: JoinStep): string {
  switch (step.step) {
    case 'asking':
      return 'asking peers for the ledger'
    case 'no-peer':
      // What peers did stands below, and is for the log alone: anybody may ask the API.
      return `no peer to join by so far, asking again: ${step.problem.split('\n')[0]}`
    case 'fetching':
      return fetchedText(step)
  }
}

function fetchedText({ epoch, share, chunks, bytes, secondsLeft, idleSeconds }: FetchedState): string {
  const came = `${chunks} chunks with ${(bytes / megabyte).toFixed(1)} MB came`
  const left = secondsLeft === null ? '' : `, about ${secondsLeft} s left`
  const pace = idleSeconds > idleSecondsMax ? `, nothing for ${idleSeconds} s` : left
  return `${Math.floor(100 * share)} % of the state of epoch ${epoch} is here: ${came}${pace}`
}
