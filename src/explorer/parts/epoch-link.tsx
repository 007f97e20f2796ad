import { hrefOf } from '../place.ts'
import { countText } from '../words.ts'

export function EpochLink({ of, text }: { readonly of: number; readonly text?: string }) {
  return <a href={hrefOf({ page: 'epoch', epoch: of })}>{text ?? countText(of)}</a>
}
