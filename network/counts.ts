/** Counters by name, since the start. The names are the code's own, never a peer's. */
export class Counts<Name extends string = string> {
  readonly #counts = new Map<Name, number>()

  add(name: Name, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by)
  }

  get(name: Name): number {
    return this.#counts.get(name) ?? 0
  }

  all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }
}
