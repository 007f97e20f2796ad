import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { accountText } from '../../consensus/account.ts'
import { parseScenario } from '../../src/scenario/parse.ts'
import { runScenario } from '../../src/scenario/runner.ts'
import { actorKeys, drawBlueprint } from '../../src/testnet/blueprint.ts'
import { noFaults } from '../../src/testnet/fault-plan.ts'
import { Fleet } from '../../src/testnet/fleet.ts'
import { furnish } from '../../src/testnet/folder.ts'
import type { Measurement } from './measure.ts'
import { setUpLines } from './throughput.ts'

const runs = 3
const seed = 2
const epochMs = 1_000
const assets = 200
const megabyte = 1_000_000
const residentMbMax = 130
const commandMsMax = 120_000
const program = fileURLToPath(new URL('../../src/cli/openledger.mjs', import.meta.url))

/**
 * Writes the most that the process ever had resident to its fourth stream, in KiB: once it has ended, nobody can ask any more. What
 * Linux counts as `maxRSS` begins with what the parent had when it forked; the peak of `status` is the process's own.
 */
const tellPeak = `data:text/javascript,${encodeURIComponent(`
  import { existsSync, readFileSync, writeSync } from 'node:fs'
  const status = '/proc/self/status'
  const peak = () => /VmHWM:\\s+(\\d+)/.exec(readFileSync(status, 'utf8'))[1]
  process.on('exit', () => writeSync(3, existsSync(status) ? peak() : String(process.resourceUsage().maxRSS)))
`)}`

/** The command as a user runs it, against a node in a process of its own: the account's credit, and all of it down to the records. */
export async function measureCommandMemory(inferences: number): Promise<Measurement[]> {
  const dir = await mkdtemp(join(tmpdir(), 'openledger-bench-'))
  const keyOf = actorKeys(seed)
  const scenario = parseScenario([{ name: 'bench', text: [...lines(inferences)].join('\n') }], {
    accountOf: actor => keyOf(actor).publicKey,
  })
  const blueprint = drawBlueprint({ nodes: 1, epochMs, seed, scenario, time: Date.now() })
  await furnish(dir, blueprint)
  const fleet = new Fleet(dir, blueprint, noFaults)
  try {
    await fleet.start()
    const [node] = fleet.nodes
    await runScenario({ scenario, chain: blueprint.chain, nodes: [node!.client], keyOf, epoch: 0 })
    const about = ['--account', accountText(keyOf('curator').publicKey), '--trust', `${blueprint.chain}`]
    const command = [program, 'light', ...about, '--peer', node!.ready.status.addrs[0]!, '--json']
    const idleMb = run(['--eval', '0']).peakMb
    return [
      memoryOf('`light`, which proves the credit', command, idleMb),
      memoryOf(
        `\`light --deep\`, which proves all behind it, ${inferences} inferences`,
        [...command, '--deep'],
        idleMb,
      ),
    ]
  } finally {
    await fleet.stop()
    await rm(dir, { recursive: true, force: true })
  }
}

function* lines(inferences: number): Generator<string> {
  for (const line of setUpLines({ providers: 1, assets })) yield JSON.stringify(line)
  const common = { actor: 'provider0', do: 'inference', session: '@s0', model: '@model', tokensIn: 374, tokensOut: 44 }
  for (let i = 0; i < inferences; i++) {
    const [first, second] = [`@a${(i * 7) % assets}`, `@a${(i * 7 + 13) % assets}`]
    const uses = [
      [first, 0.6],
      [second, 0.4],
    ]
    yield JSON.stringify({ ...common, fee: '0.002', uses })
  }
}

function memoryOf(what: string, command: readonly string[], idleMb: number): Measurement {
  const peaks = Array.from({ length: runs }, () => {
    const { stdout, peakMb } = run(command)
    const { data } = JSON.parse(stdout) as { data: { credit: string } }
    if (Number(data.credit) === 0) throw new Error('a credit of nothing was proved')
    return peakMb
  })
  const peakMb = Math.max(...peaks)
  return {
    name: `(g) resident memory of ${what}, the most of ${runs} runs`,
    value: rounded(peakMb),
    unit: 'MB',
    raw: rounded(idleMb),
    rawMeans: 'Node with nothing to do',
    ratio: idleMb / peakMb,
    goal: `≤ ${residentMbMax}`,
    reached: peakMb <= residentMbMax,
  }
}

interface Ran {
  readonly stdout: string
  readonly peakMb: number
}

function run(args: readonly string[]): Ran {
  const { status, error, output } = spawnSync(process.execPath, ['--import', tellPeak, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: commandMsMax,
    maxBuffer: 64 * megabyte,
  })
  const [, stdout, stderr, peakKib] = output as readonly string[]
  if (status !== 0) throw error ?? new Error(`it ended with ${status}: ${stdout}${stderr}`)
  return { stdout: stdout!, peakMb: (Number(peakKib) * 1024) / megabyte }
}

function rounded(mb: number): number {
  return Number(mb.toFixed(1))
}
