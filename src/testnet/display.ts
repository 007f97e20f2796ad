import { clearScreenDown, cursorTo, moveCursor } from 'node:readline'
import type { WriteStream } from 'node:tty'
import type { NodeStatus, Payouts } from '../api/node-view.ts'
import { openText } from '../decimal.ts'
import type { Fleet } from './fleet.ts'
import type { Progress } from './progress.ts'

/** What a testnet shows while it runs. */
export interface Display {
  /** Something happened. */
  note(text: string): void
  /** An epoch became final. */
  update(progress: Progress): void
  stop(): void
}

/** One line per epoch, for logs. */
export function plainDisplay(write: (line: string) => void): Display {
  return { note: write, update: progress => write(progressText(progress)), stop: () => {} }
}

export function progressText({ epoch, finalized, total, rate, paid }: Progress): string {
  return `epoch ${epoch}: ${finalized} of ${total} records final, ${Math.round(rate)} per second, ${openText(paid)} OPEN paid`
}

const refreshMs = 1_000
/** Sorting all accounts is asked of a node only now and then. */
const earnersMs = 3_000
const earnersMax = 5

/** A table that is painted over itself on a terminal. */
export class LiveTable implements Display {
  readonly #terminal: WriteStream
  readonly #fleet: Fleet
  readonly #names: ReadonlyMap<string, string>
  readonly #timer: NodeJS.Timeout
  #progress: Progress | undefined
  #statuses: readonly (NodeStatus | undefined)[] = []
  #earners: readonly string[] = []
  #earnersAtMs = 0
  #painted = 0
  #isStopped = false

  /** `names`: account → what it is called. */
  constructor(terminal: WriteStream, fleet: Fleet, names: ReadonlyMap<string, string>) {
    this.#terminal = terminal
    this.#fleet = fleet
    this.#names = names
    this.#timer = setInterval(() => void this.#refresh(), refreshMs)
  }

  note(text: string): void {
    this.#erase()
    this.#terminal.write(`${text}\n`)
    this.#paint()
  }

  update(progress: Progress): void {
    this.#progress = progress
    this.#repaint()
  }

  stop(): void {
    this.#isStopped = true
    clearInterval(this.#timer)
  }

  async #refresh(): Promise<void> {
    this.#statuses = await Promise.all(this.#fleet.nodes.map(({ client }) => client.status().catch(() => undefined)))
    const up = this.#statuses.findIndex(status => status !== undefined)
    if (up >= 0 && Date.now() - this.#earnersAtMs > earnersMs) {
      this.#earnersAtMs = Date.now()
      const payouts = await this.#fleet.nodes[up]!.client.payouts().catch(() => undefined)
      if (payouts !== undefined) this.#earners = earnerLines(payouts, this.#names)
    }
    this.#repaint()
  }

  #repaint(): void {
    // An answer that was waited for may come when the screen is somebody else's again.
    if (this.#isStopped) return
    this.#erase()
    this.#paint()
  }

  #erase(): void {
    moveCursor(this.#terminal, 0, -this.#painted)
    cursorTo(this.#terminal, 0)
    clearScreenDown(this.#terminal)
    this.#painted = 0
  }

  #paint(): void {
    const nodes = this.#fleet.nodes.map(({ name }, i) => nodeLine(name, this.#statuses[i]))
    const progress = this.#progress === undefined ? [] : [progressText(this.#progress)]
    const earners = this.#earners.length === 0 ? [] : ['earned most:', ...this.#earners]
    // A line that wraps would be painted over by half.
    const lines = ['', ...nodes, ...progress, ...earners].map(line => line.slice(0, this.#terminal.columns - 1))
    this.#terminal.write(`${lines.join('\n')}\n`)
    this.#painted = lines.length
  }
}

function nodeLine(name: string, status: NodeStatus | undefined): string {
  if (status === undefined) return `${name.padEnd(8)} down`
  const { epoch, round, peers, pending, syncing, halted } = status
  const state = halted ?? (syncing ? 'catching up' : round === null ? 'waiting' : `round ${round}`)
  return `${name.padEnd(8)} epoch ${String(epoch).padEnd(6)} ${String(peers).padStart(2)} peers  ${String(pending.batches).padStart(5)} pending  ${state}`
}

/** Who earned most, best first. */
export function earnerLines({ accounts }: Payouts, names: ReadonlyMap<string, string>): string[] {
  return [...accounts]
    .filter(({ credit }) => credit > 0)
    .sort((a, b) => b.credit - a.credit)
    .slice(0, earnersMax)
    .map(({ account, credit }) => `  ${openText(credit).padStart(14)} OPEN  ${names.get(account) ?? account}`)
}
