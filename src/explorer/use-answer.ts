import { useCallback, useEffect, useState } from 'preact/hooks'

/** What a question has come to. While it is asked again the last answer stands. */
export interface Answer<T> {
  readonly value: T | undefined
  readonly error: Error | undefined
  readonly isAsking: boolean
  /** Asks once more. */
  again(): void
}

interface Held<T> {
  readonly key: string
  readonly value?: T
  readonly error?: Error
}

/** Asks whenever `key` changes. `subject` says what the question is about: an answer about another one is not shown meanwhile. */
export function useAnswer<T>(
  subject: string,
  key: string | number,
  ask: (signal: AbortSignal) => Promise<T>,
): Answer<T> {
  const [held, setHeld] = useState<Held<T>>({ key: subject })
  const [isAsking, setAsking] = useState(true)
  const [turn, setTurn] = useState(0)
  // What is asked is told by subject and key: `ask` itself is another function each time.
  useEffect(() => {
    const gone = new AbortController()
    setAsking(true)
    ask(gone.signal).then(
      value => settle({ key: subject, value }),
      error => settle({ key: subject, error: error instanceof Error ? error : new Error(String(error)) }),
    )
    function settle(next: Held<T>): void {
      if (gone.signal.aborted) return
      setHeld(next)
      setAsking(false)
    }
    return () => gone.abort()
  }, [subject, key, turn])
  const again = useCallback(() => setTurn(last => last + 1), [])
  const isOwn = held.key === subject
  return {
    value: isOwn ? held.value : undefined,
    error: isOwn ? held.error : undefined,
    isAsking: isAsking || !isOwn,
    again,
  }
}
