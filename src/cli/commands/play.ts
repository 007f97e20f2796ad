import type { Command } from 'commander'
import { toKey } from '../../../consensus/bytes.ts'
import { Cid } from '../../../consensus/cid.ts'
import type { NodeView } from '../../api/node-view.ts'
import type { ChainHead } from '../../scenario/batch-writer.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import { countIn } from '../arguments.ts'
import { chainHead } from '../chain-head.ts'
import { addCommand, answers, parsedOption } from '../command.ts'
import type { Output } from '../output.ts'
import { runAnswer } from '../run-answer.ts'
import { firstSignal } from '../signals.ts'
import { tokenOption, type ViewOptions, viewOptions, withView } from '../view.ts'

interface PlayOptions extends ViewOptions {
  readonly seed: number
}

export function playCommand(program: Command, output: Output): void {
  const command = addCommand(program, {
    name: 'play [files...]',
    does: 'play scenarios through a test network that runs already; without a file, the sample',
    examples: [
      'openledger play --api http://127.0.0.1:8650 --token-file ./network/node0/api-token',
      'openledger play day.ndjson --seed 7 --data ./network/node0',
    ],
  }).addOption(
    parsedOption(
      '--seed <n>',
      'from which the keys of the actors are drawn: the one of the network',
      countIn('seed', 0, Number.MAX_SAFE_INTEGER),
    ).default(1),
  )
  answers<PlayOptions>(tokenOption(viewOptions(command)), output, async (files, options) => {
    const { readActedScenario } = await import('../../testnet/acted-scenario.ts')
    const { runScenario } = await import('../../scenario/runner.ts')
    const { scenario, keyOf, voteKeyOf } = await readActedScenario(files, options.seed)
    const stop = new AbortController()
    void firstSignal().then(() => stop.abort())
    return await withView(options, async view => {
      const { chain, epoch } = await view.status()
      const heads = await headsOf(view, scenario)
      const onEpoch = ({ epoch: final }: { epoch: number }, { finalized }: { finalized: number }) =>
        output.note(`epoch ${final}: ${finalized} of ${scenario.actions.length} records final`)
      const run = { scenario, keyOf, voteKeyOf, epoch, heads, onEpoch, signal: stop.signal }
      return runAnswer(await runScenario({ ...run, chain: Cid.fromText(chain), nodes: [view] }))
    })
  })
}

/** Actors may have acted before: their chains go on. */
async function headsOf(view: NodeView, { actors }: Scenario): Promise<ReadonlyMap<string, ChainHead>> {
  const heads = new Map<string, ChainHead>()
  for (const [actor, account] of actors) heads.set(actor, chainHead(await view.author(toKey(account))))
  return heads
}
