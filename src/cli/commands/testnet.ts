import type { Command } from 'commander'
import { parseAccountKey } from '../../../consensus/account.ts'
import { parseDuration } from '../../duration.ts'
import { testnetNodesMax } from '../../testnet/blueprint.ts'
import { earnerLines } from '../../testnet/display.ts'
import { type FaultPlan, noFaults, parseFaults } from '../../testnet/fault-plan.ts'
import { type Summary, summaryText } from '../../testnet/summary.ts'
import type { PlayedTestnet } from '../../testnet/testnet.ts'
import { countIn } from '../arguments.ts'
import { addCommand, answers, commandPrefix, parsedOption } from '../command.ts'
import { askableNames, explanationText, trimmed } from '../explanation.ts'
import type { Output } from '../output.ts'
import { firstSignal, npmGone } from '../signals.ts'

interface TestnetCommandOptions {
  readonly nodes: number
  readonly epoch: number
  readonly scenario?: readonly string[]
  readonly seed: number
  readonly dir?: string
  readonly faults?: FaultPlan
  readonly exit?: boolean
  readonly json?: boolean
}

/** What a newcomer reads at a glance; `explain` shows more. */
const storyChildrenMax = 2

export function testnetCommand(program: Command, output: Output): void {
  const command = addCommand(program, {
    name: 'testnet',
    does: 'start a network of real nodes on this machine, play scenarios through it, and show who earns; without a scenario, a sample',
    examples: [
      'openledger testnet',
      'openledger testnet --nodes 4 --scenario day.ndjson --faults kill=3 --exit --json',
    ],
  })
    .addOption(
      parsedOption('--nodes <n>', 'how many, all of them validators', countIn('nodes', 1, testnetNodesMax)).default(4),
    )
    .addOption(
      parsedOption('--epoch <time>', 'time from one checkpoint to the next', parseDuration).default(2000, '2s'),
    )
    .option('--scenario <file...>', 'scenario files (NDJSON), read as one')
    .addOption(
      parsedOption(
        '--seed <n>',
        'from which keys and faults are drawn',
        countIn('seed', 0, Number.MAX_SAFE_INTEGER),
      ).default(1),
    )
    .option('--dir <dir>', 'new folder for the data (default: one of its own in the folder for temporary files)')
    .addOption(
      parsedOption(
        '--faults <spec>',
        'what goes wrong: kill=N, pause=N, partition=2|2@10s+60s, latency=50ms, loss=1%',
        parseFaults,
      ),
    )
    .option('--exit', 'stop all nodes at one epoch when all is final, keep the data and print a summary')
  answers<TestnetCommandOptions>(command, output, async (_, options) => {
    const stop = new AbortController()
    void Promise.race([firstSignal(), npmGone()]).then(() => stop.abort())
    const { scenario: scenarios = [], dir, exit = false, faults = noFaults, json = false } = options
    // Starting the network takes a while; other commands shall not pay for it.
    const { runTestnet } = await import('../../testnet/testnet.ts')
    const summary = await runTestnet({
      nodes: options.nodes,
      epochMs: options.epoch,
      scenarios,
      seed: options.seed,
      ...(dir === undefined ? {} : { dir }),
      faults,
      exit,
      live: process.stderr.isTTY === true && !json,
      signal: stop.signal,
      note: line => output.note(line),
      onPlayed: async testnet => {
        if (!json) await tellEarners(testnet, output)
        if (!json && scenarios.length === 0) await tellStory(testnet, output)
        if (!exit) output.note(runningText(testnet))
      },
    })
    return { data: summary, text: `${summaryText(summary)}\n${nextText(summary)}` }
  })
}

async function tellEarners({ fleet, names }: PlayedTestnet, output: Output): Promise<void> {
  const lines = earnerLines(await fleet.nodes[0]!.client.payouts(), names)
  output.note(lines.length === 0 ? 'Nobody earned.' : `\nWho earned most:\n${lines.join('\n')}\n`)
}

/** What the sample was about: why one of those earned who are easily forgotten. */
async function tellStory({ fleet, scenario, labels, names }: PlayedTestnet, output: Output): Promise<void> {
  const { client } = fleet.nodes[0]!
  const payouts = await client.payouts()
  const origins = new Set(scenario.actions.filter(({ kind }) => kind === 'contribution').map(({ actor }) => actor))
  const [best] = payouts.accounts
    .filter(({ account, credit }) => credit > 0 && origins.has(names.get(account) ?? ''))
    .sort((a, b) => b.credit - a.credit)
  if (best === undefined) return
  const explanation = await client.explain({ type: 'account', account: parseAccountKey(best.account) })
  if (explanation === undefined) return
  const known = askableNames({
    actors: Object.fromEntries([...names].map(([account, name]) => [name, account])),
    labels,
  })
  const brief = { ...explanation, root: trimmed(explanation.root, storyChildrenMax) }
  output.note(`Why ${names.get(best.account)}, who contributed, earned:\n${explanationText(brief, known)}\n`)
}

function runningText({ fleet }: PlayedTestnet): string {
  const [node] = fleet.nodes
  return [
    `The nodes run on; Ctrl-C stops them. In a browser: ${node!.explorer}`,
    'In another terminal:',
    `  ${commandPrefix()} payouts --data ${node!.data}`,
    `  ${commandPrefix()} status --data ${node!.data}`,
  ].join('\n')
}

/** What can be asked of the data that a testnet leaves. */
function nextText({ nodes, actors }: Summary): string {
  const data = nodes[0]!.data
  const [actor] = Object.keys(actors)
  const lines = [
    'Look into it:',
    `  ${commandPrefix()} payouts --data ${data}`,
    ...(actor === undefined ? [] : [`  ${commandPrefix()} explain @@${actor} --data ${data}`]),
    `  ${commandPrefix()} verify --data ${data}`,
  ]
  return lines.join('\n')
}
