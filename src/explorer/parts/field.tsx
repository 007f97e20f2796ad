import { Code, Id } from './id.tsx'

const refPattern = /^b[a-z2-7]{50,}\/\d+$/
const cidPattern = /^b[a-z2-7]{50,}$/
const hexPattern = /^[0-9a-f]{64,}$/
/** Fields that are decimals in OPEN, and those that are parts of a million. */
const amounts = new Set(['amount', 'deposit', 'fee', 'total', 'in', 'out'])
const shares = /share$|^commission$/i

/** What a field is called, in words: `ownerShare` is the owner share. */
export function fieldName(name: string): string {
  if (name === 'price') return 'price per 1 000 tokens'
  return name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
}

/** A field of a record as plain text, whatever it holds: nobody vouches for what an author wrote. */
export function Field({ name, of }: { readonly name: string; readonly of: unknown }) {
  if (Array.isArray(of)) return of.length === 0 ? <span class="aside">none</span> : <List of={of} />
  if (typeof of === 'string') return <Text name={name} of={of} />
  if (typeof of === 'number') return <>{shares.test(name) ? percent(of) : of}</>
  if (typeof of === 'object' && of !== null) {
    return (
      <ul class="plain">
        {Object.entries(of).map(([key, value]) => (
          <li key={key}>
            {key}: <Field name={key} of={value} />
          </li>
        ))}
      </ul>
    )
  }
  return <>{String(of)}</>
}

function List({ of }: { readonly of: readonly unknown[] }) {
  return (
    <ul class="plain">
      {of.map((item, i) => {
        const weighted = Array.isArray(item) && item.length === 2 && typeof item[1] === 'number' ? item : undefined
        return (
          <li key={i}>
            {weighted === undefined ? (
              <Field name="" of={item} />
            ) : (
              <>
                <Field name="" of={weighted[0]} /> <span class="aside">{percent(weighted[1] as number)}</span>
              </>
            )}
          </li>
        )
      })}
    </ul>
  )
}

function Text({ name, of }: { readonly name: string; readonly of: string }) {
  if (of.startsWith('did:key:') || refPattern.test(of)) return <Id of={of} />
  if (cidPattern.test(of) || hexPattern.test(of)) return <Code of={of} what={name} />
  if (amounts.has(name) && /^\d+(\.\d+)?$/.test(of)) return <span class="amount">{of} OPEN</span>
  return <span class="written">{of}</span>
}

function percent(ppm: number): string {
  return `${ppm / 10_000} %`
}
