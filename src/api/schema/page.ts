import Type, { type TSchema } from 'typebox'

export const limitDefault = 100
/** An item is some hundred bytes to some KiB. */
export const limitMax = 1_000

/** The fields by which every list is read. */
export const pageFields = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: limitMax,
      default: limitDefault,
      description: 'Items at most; a page may be shorter.',
    }),
  ),
  cursor: Type.Optional(
    Type.String({
      title: 'what stood under "next" in the same list',
      minLength: 1,
      maxLength: 512,
      description: 'Where to go on.',
    }),
  ),
}

export const pageOf = <Item extends TSchema>(item: Item) =>
  Type.Object({
    items: Type.Array(item),
    next: Type.Union([Type.String(), Type.Null()], {
      description: 'The cursor of the next page; null: this is the last.',
    }),
  })

export interface PageAsk {
  readonly limit?: number
  readonly cursor?: string
}

export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}
