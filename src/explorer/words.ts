import { openText } from '../decimal.ts'

/** µOPEN as people read it: exact, with thin spaces between thousands. */
export function amountText(amount: number): string {
  const [whole = '', fraction] = openText(amount).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, '\u202f')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, '\u202f')
}

/** `one` or `many`, with the number before it. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`
}

export function percentText(part: number, whole: number): string {
  if (whole === 0) return '–'
  const percent = (100 * part) / whole
  return `${percent >= 99.95 || percent === 0 ? Math.round(percent) : percent.toFixed(1)} %`
}

/** Both ends of an id: `z6MkhaXg…a2doK`, `bafyreig…s52zy/3`. */
export function shortId(id: string): string {
  const name = id.replace(/^did:key:/, '')
  const [cid = '', index] = name.split('/')
  const tail = index === undefined ? '' : `/${index}`
  return cid.length <= 16 ? name : `${cid.slice(0, 8)}…${cid.slice(-6)}${tail}`
}

const times = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

export function timeText(ms: number): string {
  return times.format(ms)
}
