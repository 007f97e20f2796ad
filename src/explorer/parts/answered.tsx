import type { ComponentChildren } from 'preact'
import { LedgerError } from '../../client/index.ts'
import type { Answer } from '../use-answer.ts'

interface AnsweredProps<T> {
  readonly answer: Answer<T>
  /** What is being asked for, like "the account". */
  readonly what: string
  children(value: T): ComponentChildren
}

/** What a question came to: the answer, that it is on its way, or why there is none. */
export function Answered<T>({ answer, what, children }: AnsweredProps<T>) {
  const { value, error, isAsking, again } = answer
  if (value !== undefined) return <>{children(value)}</>
  if (error === undefined || isAsking) {
    return (
      <p class="loading" role="status">
        Loading {what}…
      </p>
    )
  }
  return <Failure error={error} what={what} again={again} />
}

export function Failure({ error, what, again }: { readonly error: Error; readonly what: string; again?(): void }) {
  const isUnknown = error instanceof LedgerError && error.code === 'not-found'
  return (
    <div class="failure" role="alert">
      <p>
        <strong>{isUnknown ? `This node doesn’t know ${what}.` : `No answer for ${what}.`}</strong> {error.message}
      </p>
      {error instanceof LedgerError && error.next !== undefined && <p>{error.next}</p>}
      {again !== undefined && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  )
}
