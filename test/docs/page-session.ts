import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { until } from '../e2e/hand-run-net.ts'
import { Program, repository } from '../e2e/program.ts'
import { tempFolder } from '../src/temp-folder.ts'
import type { GivenFile } from './given-files.ts'

/** A command that goes on until it is interrupted. */
export interface Lasting {
  /** Shows in its output that it does what it is for. */
  readonly until: RegExp
  /** It stays until the page has ended; otherwise it is interrupted at once. */
  readonly stays: boolean
  /** Which `Ctrl-C` makes it end with. */
  readonly status: number
  /** A node beside the page's own: as if on another machine, it has its own ports. */
  readonly elsewhere?: boolean
}

export interface PagePlace {
  /** Ports of nodes that the page starts. */
  readonly ports: { readonly peers: number; readonly api: number }
  /** The data folder that the page calls `node`, where it starts none itself. */
  readonly node?: string
  readonly files: readonly GivenFile[]
  /** What stands for something that only the reader knows. */
  readonly placeholders: readonly (readonly [text: string, value: string])[]
}

const commandMsMax = 60_000
const readyMsMax = 60_000

/** A reader of one page: a folder and an environment of their own, and a shell for each line. */
export class PageSession {
  readonly folder = tempFolder()
  readonly #env: Record<string, string>
  readonly #placeholders: readonly (readonly [text: string, value: string])[]
  readonly #staying: { program: Program; status: number }[] = []
  /** What the latest command printed that is named in the next ones. */
  #printed = { checkpoint: '', account: '' }

  constructor({ ports, node, files, placeholders }: PagePlace) {
    this.#placeholders = placeholders
    const bin = join(this.folder, 'bin')
    mkdirSync(bin)
    writeProgram(join(bin, 'openledger'), `exec "${process.execPath}" "${repository}src/cli/openledger.mjs" "$@"`)
    // As npm would, but in the reader's folder, and without installing first.
    writeProgram(
      join(bin, 'npm'),
      'case "$1 $2 $3 $4" in\n"run -s openledger --") shift 4; exec openledger "$@" ;;\nesac\necho "not run here: npm $*" >&2; exit 1',
    )
    // A page shows what an answer is like also where it is a refusal; here a refusal must not pass.
    writeProgram(join(bin, 'curl'), `PATH="${process.env.PATH}" exec curl --fail-with-body --show-error "$@"`)
    for (const { name, text } of files)
      writeFileSync(join(this.folder, name), typeof text === 'string' ? this.#here(text) : text, { mode: 0o600 })
    if (node !== undefined) symlinkSync(node, join(this.folder, 'node'))
    this.#env = {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: this.folder,
      XDG_DATA_HOME: '',
      OPENLEDGER_LISTEN: `/ip4/127.0.0.1/tcp/${ports.peers}`,
      OPENLEDGER_API: `127.0.0.1:${ports.api}`,
    }
  }

  /** Runs a line to its end, which must come with that status. */
  async run(text: string, expected: number): Promise<void> {
    const assigned = /^(\w+)=(\S+)$/.exec(this.#here(text))
    if (assigned !== null) {
      this.#env[assigned[1]!] = assigned[2]!
      return
    }
    const { status, signal, stdout, stderr } = await this.#start(text).end(commandMsMax)
    assert.equal(
      [status, signal],
      [expected, null],
      `${this.#here(text)}\n${stdout.slice(-2_000)}${stderr.slice(-2_000)}`,
    )
    const [checkpoint] = /(?<=--trust )bafy\w+/.exec(stdout) ?? [this.#printed.checkpoint]
    const [account] = /did:key:\w+/.exec(stdout) ?? [this.#printed.account]
    this.#printed = { checkpoint: checkpoint!, account: account! }
  }

  /** Runs a line until it does what it is for. */
  async last(text: string, { until: shown, stays, status, elsewhere }: Lasting): Promise<void> {
    const ports = elsewhere === true ? { OPENLEDGER_LISTEN: '/ip4/127.0.0.1/tcp/0', OPENLEDGER_API: '127.0.0.1:0' } : {}
    const program = this.#start(`exec ${text}`, ports)
    await until(`${text} shows ${shown}`, readyMsMax, async () => {
      const told = program.stdout + program.stderr
      if (shown.test(told)) return true
      if (!program.isRunning) throw new Error(`${this.#here(text)} ended\n${told}`)
      return undefined
    })
    if (stays) this.#staying.push({ program, status })
    else await interrupted(program, status)
  }

  /** What still runs is interrupted, the youngest first. */
  async end(): Promise<void> {
    for (const { program, status } of this.#staying.reverse()) await interrupted(program, status)
  }

  #start(text: string, env: Readonly<Record<string, string>> = {}): Program {
    return new Program('sh', ['-c', `cd "${this.folder}"\n${this.#here(text)}`], { env: { ...this.#env, ...env } })
  }

  #here(text: string): string {
    const { checkpoint, account } = this.#printed
    const known = [...this.#placeholders, ['CHECKPOINT', checkpoint], ['=ACCOUNT', `=${account}`]] as const
    return known.reduce((line, [name, value]) => line.replaceAll(name, value), text)
  }
}

async function interrupted(program: Program, status: number): Promise<void> {
  program.child.kill('SIGINT')
  const ended = await program.end(12_000)
  assert.is(ended.status ?? 128 + 2, status, ended.stderr.slice(-2_000))
}

function writeProgram(path: string, text: string): void {
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
}
