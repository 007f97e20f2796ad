import { hrefOf } from '../place.ts'
import { Page } from './page.tsx'

export function Lost() {
  return (
    <Page title="There is no such page">
      <p>
        The address may be cut off. <a href={hrefOf({ page: 'overview' })}>To the overview</a>
      </p>
    </Page>
  )
}
