import type { Page, PageAsk } from '../api/schema/page.ts'

export interface Gathered<Item> {
  readonly items: readonly Item[]
  /** Whether there are more than were gathered. */
  readonly isCut: boolean
}

const limit = 1_000

/** Pages of a list put together, until there are `itemsMax`. */
export async function allPages<Item>(
  itemsMax: number,
  ask: (page: PageAsk) => Promise<Page<Item>>,
): Promise<Gathered<Item>> {
  const items: Item[] = []
  let cursor: string | undefined
  do {
    const page = await ask({ limit: Math.min(limit, itemsMax), ...(cursor !== undefined && { cursor }) })
    items.push(...page.items)
    if (page.next === null) return { items, isCut: false }
    cursor = page.next
  } while (items.length < itemsMax)
  return { items: items.slice(0, itemsMax), isCut: true }
}
