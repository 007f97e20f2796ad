import type { EconomyView } from './economy-view.ts'
import type { HeadWatch, LedgerPages } from './ledger-pages.ts'
import type { LightServing } from './light-serving.ts'
import type { Names } from './names.ts'
import type { NodeView } from './node-view.ts'

/** One document, whole: the page has no other files. */
export interface ExplorerPage {
  readonly html: string | Uint8Array
  /** Beside the content type, such as a content security policy. */
  readonly headers?: Readonly<Record<string, string>>
}

/** All that the routes answer from. */
export interface ApiSource {
  readonly view: NodeView
  readonly pages: LedgerPages
  readonly head: HeadWatch
  readonly light: LightServing
  /** Undefined where there is a view without a store. */
  readonly economy?: EconomyView
  names(): Promise<Names>
  /** The OpenAPI document. */
  document(): string
  /** Prometheus text; undefined where nothing is measured. */
  readonly metrics?: () => Promise<string>
  /** Undefined where no page is served. */
  readonly page?: ExplorerPage
  /** Whether the process was told to stop. */
  isStopping(): boolean
}
