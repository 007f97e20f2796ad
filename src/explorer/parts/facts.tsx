import type { ComponentChildren } from 'preact'

export interface Fact {
  readonly name: string
  readonly value: ComponentChildren
}

/** Names with their values, one below the other. */
export function Facts({ of }: { readonly of: readonly (Fact | undefined)[] }) {
  return (
    <dl class="facts">
      {of.map(
        fact =>
          fact !== undefined && (
            <div key={fact.name}>
              <dt>{fact.name}</dt>
              <dd>{fact.value}</dd>
            </div>
          ),
      )}
    </dl>
  )
}

/** A few figures that matter most, large. */
export function Figures({ of }: { readonly of: readonly Fact[] }) {
  return (
    <dl class="figures">
      {of.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
