import type { Action } from './scenario.ts'

/** One author's actions in order. */
interface Queue {
  readonly actions: number[]
  next: number
}

/**
 * Which actions may be submitted: an author's next one, once all that it must come after is final and no barrier stands before
 * it. Settling all actions takes time in proportion to the refs between them.
 */
export class Schedule {
  readonly #actions: readonly Action[]
  readonly #queues = new Map<string, Queue>()
  /** By action: how many it waits for. */
  readonly #missing: Uint32Array
  /** By action: who waits for it. */
  readonly #waiting: (number[] | undefined)[]
  /** By stage: how many of its actions aren't final. */
  readonly #open: number[] = []
  #stage = 0
  #unsettled: number
  /** Authors whose next action may have become ready. */
  #awake = new Set<string>()

  constructor(actions: readonly Action[]) {
    this.#actions = actions
    this.#missing = new Uint32Array(actions.length)
    this.#waiting = new Array(actions.length)
    this.#unsettled = actions.length
    for (let number = 0; number < actions.length; number++) this.#add(number, actions[number]!)
    this.#passBarriers()
    this.#awake = new Set(this.#queues.keys())
  }

  get done(): boolean {
    return this.#unsettled === 0
  }

  /** Authors worth asking for their next action, since the last call. */
  takeAwake(): string[] {
    const authors = [...this.#awake]
    this.#awake = new Set()
    return authors
  }

  /** Asks for this author again next time. */
  wake(author: string): void {
    this.#awake.add(author)
  }

  /** Number of the author's next action if it may be submitted. */
  ready(author: string): number | undefined {
    const queue = this.#queues.get(author)
    const number = queue?.actions[queue.next]
    if (number === undefined || this.#missing[number]! > 0 || this.#actions[number]!.stage > this.#stage)
      return undefined
    return number
  }

  /** The author's ready action is on its way. */
  take(author: string): void {
    this.#queues.get(author)!.next++
  }

  /** The action is final. */
  settle(number: number): void {
    this.#unsettled--
    this.#open[this.#actions[number]!.stage]!--
    for (const waiter of this.#waiting[number] ?? []) {
      this.#missing[waiter]!--
      if (this.#missing[waiter] === 0) this.#awake.add(this.#actions[waiter]!.author)
    }
    if (this.#passBarriers()) for (const author of this.#queues.keys()) this.#awake.add(author)
  }

  #add(number: number, action: Action): void {
    const queue = this.#queues.get(action.author)
    if (queue === undefined) this.#queues.set(action.author, { actions: [number], next: 0 })
    else queue.actions.push(number)
    while (this.#open.length <= action.stage) this.#open.push(0)
    this.#open[action.stage]!++
    this.#missing[number] = action.after.length
    for (const target of action.after) {
      const waiting = this.#waiting[target]
      if (waiting === undefined) this.#waiting[target] = [number]
      else waiting.push(number)
    }
  }

  #passBarriers(): boolean {
    const before = this.#stage
    while (this.#open[this.#stage] === 0) this.#stage++
    return this.#stage > before
  }
}
