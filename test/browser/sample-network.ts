/** A network of one real node with the sample economy, which runs on for as long as the tests need it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../e2e/hand-run-net.ts'
import { type Program, start } from '../e2e/program.ts'
import { tempFolder } from '../src/temp-folder.ts'

export interface SampleNetwork {
  /** Of the node's API. */
  readonly url: string
  /** Name → account. */
  readonly actors: Readonly<Record<string, string>>
  /** Label → ref. */
  readonly labels: Readonly<Record<string, string>>
  /** Makes something final that wasn't there. */
  write(): Promise<void>
  stop(): Promise<void>
}

const readyMsMax = 150_000

/** A name that would be something else if a page took it for HTML. */
export const hostileName = '<img src=x onerror="document.title=1"><b>bold</b> & \u202egniht'

export async function startSampleNetwork(): Promise<SampleNetwork> {
  const dir = join(tempFolder(), 'net')
  const extra = join(tempFolder(), 'hostile.ndjson')
  writeFileSync(extra, `${JSON.stringify({ actor: 'mallory', do: 'datanet', as: 'hostile', name: hostileName })}\n`)
  const files = ['scripts/sample-scenario.ndjson', extra].flatMap(file => ['--scenario', file])
  const testnet = start(['testnet', '--nodes', '1', '--epoch', '500ms', '--dir', dir, ...files])
  await told(testnet, 'run on; Ctrl-C stops')
  await interrupt(testnet)
  // All tests are one address to the node, and ask more than one may: it believes them that they are several.
  const node = start(['start', '--config', join(dir, 'node0', 'config.json'), '--api-proxies', '127.0.0.1'])
  await told(node, 'explorer')
  const read = (name: string) => JSON.parse(readFileSync(join(dir, 'node0', name), 'utf8'))
  const { actors, labels } = read('names.json')
  return {
    url: `http://${read('config.json').api}`,
    actors,
    labels,
    async write() {
      const line = join(dir, 'later.ndjson')
      writeFileSync(line, `${JSON.stringify({ do: 'datanet', name: 'later' })}\n`)
      const key = join(dir, 'node0', 'keys', 'account.json')
      const { status, stderr } = await start(['submit', line, '--key', key, '--data', join(dir, 'node0')]).end()
      if (status !== 0) throw new Error(stderr)
    },
    stop: () => interrupt(node),
  }
}

async function told(program: Program, text: string): Promise<void> {
  await until(text, readyMsMax, async () => {
    const output = program.stdout + program.stderr
    if (!program.isRunning) throw new Error(`the network didn't get ready\n${output}`)
    return output.includes(text) || undefined
  })
}

async function interrupt(program: Program): Promise<void> {
  program.child.kill('SIGINT')
  await program.end(20_000)
}
