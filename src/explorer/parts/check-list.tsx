import type { Check } from '../verify/check.ts'
import { counted } from '../words.ts'

const marks: Readonly<Record<Check['state'], { mark: string; text: string }>> = {
  running: { mark: '…', text: 'checking' },
  passed: { mark: '✓', text: 'passed' },
  unproved: { mark: '–', text: 'not proved' },
  failed: { mark: '✗', text: 'failed' },
}

/** Checks as they pass, or fail, with what each found. */
export function CheckList({ checks }: { readonly checks: readonly Check[] }) {
  return (
    <ol class="checks">
      {checks.map(({ claim, state, detail, steps }) => (
        <li key={claim} class={state}>
          <p class="claim">
            <span class="mark" aria-hidden="true">
              {marks[state].mark}
            </span>
            <span>
              {claim} <span class="state">{marks[state].text}</span>
            </span>
          </p>
          <p class="detail">{detail === '' ? steps.at(-1) : detail}</p>
          {state !== 'running' && steps.length > 0 && (
            <details>
              <summary>{counted(steps.length, 'step')}</summary>
              <ul class="plain">
                {steps.map(step => (
                  <li key={step}>{step}</li>
                ))}
              </ul>
            </details>
          )}
        </li>
      ))}
    </ol>
  )
}
