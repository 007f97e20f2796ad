import type { Command } from 'commander'
import { LedgerError } from '../../../consensus/errors.ts'
import { type Names, noNames } from '../../api/names.ts'
import { type EpochRange, type Explanation, explainedEpochs, type Subject } from '../../api/node-view.ts'
import { parseSubject } from '../../api/subject.ts'
import { keepSmall } from '../../light/memory.ts'
import { parseEpochRange } from '../arguments.ts'
import { addCommand, answers, parsedOption } from '../command.ts'
import { askableNames, explanationData, explanationText, labelsOf } from '../explanation.ts'
import {
  type DepthOptions,
  depthOptions,
  type LightClientOptions,
  lightClientOptions,
  refuseWithoutPeers,
} from '../light-options.ts'
import { type Answer, type Output, UsageError } from '../output.ts'
import { type ViewOptions, viewOptions, withView } from '../view.ts'

interface ExplainOptions extends ViewOptions, DepthOptions, Partial<LightClientOptions> {
  readonly epoch?: EpochRange
}

export function explainCommand(program: Command, output: Output): void {
  const command = addCommand(program, {
    name: 'explain <id>',
    does: 'where money came from or went to, as a tree, down to the records; of an account (did:key:… or @@NAME), or of an asset, model, session or record (<cid>/<index> or @LABEL)',
    examples: [
      'openledger explain @@ana --data ./node',
      'openledger explain did:key:z6Mk… --data ./node --epoch 12',
      'openledger explain @soup --data ./node --epoch 1..5000',
      'openledger explain did:key:z6Mk… --trust bafy… --peer /dns4/node.example.org/tcp/8649/p2p/12D3Koo… --deep',
    ],
  })
    .addOption(
      parsedOption(
        '--epoch <a..b>',
        `only what happened in these epochs, or in one; without it in the last ${explainedEpochs}, or with --peer in all`,
        parseEpochRange,
      ),
    )
    .option(
      '--peer <addr...>',
      'prove it instead, believing none of these full nodes; --data is then the folder of a light node',
    )
  lightClientOptions(depthOptions(viewOptions(command), 'with --peer: prove every level, down to the signed records'))
  answers<ExplainOptions>(command, output, ([id], options) =>
    options.peer === undefined ? explainFromNode(id!, options) : explainFromPeers(id!, options, output),
  )
}

function explainFromNode(id: string, options: ExplainOptions): Promise<Answer> {
  refuseWithoutPeers(options)
  return withView(options, async (view, names) => {
    const explanation = await view.explain(subjectOf(id, names), options.epoch)
    if (explanation === undefined) throw new LedgerError('not-found', `${id}: not known to this node`)
    const labels = labelsOf(names)
    const { root, ...about } = explanation
    return {
      data: { ...about, root: explanationData(root, labels) },
      text: [explanationText(explanation, askableNames(names)), ...leftOut(id, options.epoch, explanation)].join('\n'),
    }
  })
}

/** Whoever doesn't say from when gets the last epochs, and wants to know that there are more. */
function leftOut(id: string, asked: EpochRange | undefined, { oldest, from }: Explanation): string[] {
  if (asked?.from !== undefined || oldest >= from) return []
  const epochs = `${oldest}..${from - 1}`
  return ['', `left out: what happened in epochs ${oldest} to ${from - 1}; openledger explain ${id} --epoch ${epochs}`]
}

async function explainFromPeers(id: string, options: ExplainOptions, output: Output): Promise<Answer> {
  const { api, peer, epoch } = options
  if (api !== undefined) throw new UsageError('--api names a node to believe, and --peer those that need not be')
  if (epoch?.from === 0 || epoch?.to === 0)
    throw new UsageError('--epoch: the genesis pays nobody; expected an integer from 1')
  keepSmall()
  const { explainByProof } = await import('../light-explain.ts')
  return await explainByProof(subjectOf(id, noNames), { ...options, peer: peer! }, output)
}

/** An id, or a name that the node's data folder knows. */
function subjectOf(text: string, { actors, labels }: Names): Subject {
  if (!text.startsWith('@')) {
    try {
      return parseSubject(text)
    } catch (error) {
      throw new UsageError((error as Error).message)
    }
  }
  const [known, name] = text.startsWith('@@') ? [actors, text.slice(2)] : [labels, text.slice(1)]
  if (!Object.hasOwn(known, name))
    throw new LedgerError(
      'not-found',
      `${text}: no such name in this data folder`,
      {},
      'names are kept beside the data of a testnet; elsewhere say did:key:… or <cid>/<index>',
    )
  return parseSubject(known[name]!)
}
