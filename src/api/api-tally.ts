import { Counts } from '../../network/counts.ts'

/** A route as it is declared, never as somebody spelled it; `none` for what is no route. */
export type RouteName = string

/** What the API has answered since the start. */
export class ApiTally {
  readonly #routes = new Map<RouteName, { readonly statuses: Counts; seconds: number }>()

  /** `ms`: from the request's head to the end of the answer. */
  answered(route: RouteName | undefined, status: number, ms: number): void {
    const name = route ?? 'none'
    const own = this.#routes.get(name) ?? { statuses: new Counts(), seconds: 0 }
    this.#routes.set(name, own)
    own.statuses.add(String(status))
    own.seconds += ms / 1000
  }

  all(): {
    readonly route: RouteName
    readonly statuses: Readonly<Record<string, number>>
    readonly seconds: number
  }[] {
    return [...this.#routes].map(([route, { statuses, seconds }]) => ({ route, statuses: statuses.all(), seconds }))
  }
}
