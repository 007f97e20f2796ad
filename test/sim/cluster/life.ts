/** One life of a machine, from its start to its crash. What an earlier one left waiting never happens. */
export class Life {
  #isOver = false
  readonly #endings: (() => void)[] = []

  get isOver(): boolean {
    return this.#isOver
  }

  onEnd(act: () => void): void {
    this.#endings.push(act)
  }

  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const act of this.#endings) act()
  }
}
