import { useEffect, useState } from 'preact/hooks'
import type { NodeStatus } from '../api/node-view.ts'
import type { ApiClient } from '../client/index.ts'

/** How the node is doing, as far as the page has heard. */
export interface Head {
  readonly status: NodeStatus | undefined
  /** Why there is no news; undefined while there is. */
  readonly error: Error | undefined
}

/** How often the status is asked for where the node doesn't tell of new epochs by itself, and where it does. */
const pollMs = 2_000
const calmMs = 30_000
/** Epochs may follow each other faster than anybody reads. */
const pauseMs = 1_000
const retryMs = 3_000

/** The node's status: anew when it tells of a final epoch, and now and then without. */
export function useHead(api: ApiClient, url: string): Head {
  const [head, setHead] = useState<Head>({ status: undefined, error: undefined })
  useEffect(() => {
    const gone = new AbortController()
    const bell = new EpochBell(url)
    setHead({ status: undefined, error: undefined })
    void follow(api, bell, gone.signal, setHead)
    return () => {
      gone.abort()
      bell.close()
    }
  }, [api, url])
  return head
}

async function follow(api: ApiClient, bell: EpochBell, signal: AbortSignal, tell: (head: Head) => void): Promise<void> {
  let status: NodeStatus | undefined
  while (!signal.aborted) {
    try {
      status = await api.get('/v1/status', {}, { signal })
      tell({ status, error: undefined })
      await Promise.all([bell.next(), sleep(pauseMs)])
    } catch (error) {
      if (signal.aborted) return
      tell({ status, error: error as Error })
      await sleep(retryMs)
    }
  }
}

/**
 * Rings when the node says that an epoch is final, or after a while without a word. A page in the background holds no connection: browsers
 * allow six to a host, and a few tabs would leave none to ask anything over.
 */
class EpochBell {
  readonly #url: string
  readonly #shown = (): void => this.#follow()
  #events: EventSource | undefined
  #ring: () => void = () => {}

  constructor(url: string) {
    this.#url = `${url}/v1/events?types=checkpoints`
    document.addEventListener('visibilitychange', this.#shown)
    this.#follow()
  }

  next(): Promise<void> {
    const isCalm = document.hidden || this.#events?.readyState === EventSource.OPEN
    return new Promise(resolve => {
      const timer = setTimeout(resolve, isCalm ? calmMs : pollMs)
      this.#ring = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  close(): void {
    document.removeEventListener('visibilitychange', this.#shown)
    this.#events?.close()
    this.#ring()
  }

  #follow(): void {
    if (document.hidden) {
      this.#events?.close()
      this.#events = undefined
      return
    }
    if (this.#events !== undefined) return
    this.#events = new EventSource(this.#url)
    this.#events.addEventListener('checkpoint', () => this.#ring())
    // What became final in the background.
    this.#ring()
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
