import { cursorText, type Place } from '../../api/cursor.ts'
import { limitDefault, type Page } from '../../api/schema/page.ts'
import { breathe } from '../../proofs/breathe.ts'

/** One step through a list: where it is, and the item, if this one is wanted. */
export interface Step<Item> {
  readonly at: Place
  readonly item: Item | undefined
}

/** Looking for longer ends a page: who asked asks on. */
const pageMsMax = 200

/** What a scan comes to within a page. The scan begins after the cursor, and stops when the page is full. */
export async function takePage<Item>(
  scan: AsyncIterable<Step<Item>> | Iterable<Step<Item>>,
  limit = limitDefault,
): Promise<Page<Item>> {
  const endMs = performance.now() + pageMsMax
  const items: Item[] = []
  let last: Place | undefined
  for await (const { at, item } of scan) {
    if (last !== undefined && (items.length === limit || performance.now() > endMs)) {
      return { items, next: cursorText(last) }
    }
    if (item !== undefined) items.push(item)
    last = at
    await breathe()
  }
  return { items, next: null }
}
