import type { Command } from 'commander'
import { inverted, type Names } from '../../api/names.ts'
import { ndjson } from '../../api/ndjson.ts'
import { type EpochRange, type ExportKind, type ExportLine, exportKinds } from '../../api/node-view.ts'
import { parseEpochRange } from '../arguments.ts'
import { addCommand, answers, parsedOption } from '../command.ts'
import { type Output, UsageError } from '../output.ts'
import { type ViewOptions, viewOptions, withView } from '../view.ts'

type Kinds = { readonly [K in ExportKind]?: boolean }

interface ExportOptions extends ViewOptions, Kinds {
  readonly epoch?: EpochRange
  readonly json?: boolean
}

export function exportCommand(program: Command, output: Output): void {
  const command = addCommand(program, {
    name: 'export',
    does: 'what the ledger holds, as NDJSON on standard output; with --json, one object with all lines',
    examples: [
      'openledger export --records --data ./node > records.ndjson',
      'openledger export --payouts --epoch 10..20 --data ./node',
    ],
  })
    .option('--records', 'every record with its outcome')
    .option('--checkpoints', 'every checkpoint and who signed it')
    .option('--payouts', 'every payout and the lines it is made of')
    .addOption(parsedOption('--epoch <a..b>', 'only these epochs; either end may be left out', parseEpochRange))
  answers<ExportOptions>(viewOptions(command), output, (_, options) =>
    withView(options, async (view, names) => {
      const lines = labelled(view.export(kindOf(options), options.epoch), names)
      if (options.json === true) return { data: { lines: await all(lines) }, text: '' }
      for await (const chunk of await ndjson(lines)) await output.answer(chunk)
      return { data: {}, text: '' }
    }),
  )
}

function kindOf(options: Kinds): ExportKind {
  const [kind, other] = exportKinds.filter(each => options[each] === true)
  if (kind === undefined || other !== undefined)
    throw new UsageError('what? give one of --records, --checkpoints, --payouts')
  return kind
}

/** A record by the label of its line, an account by its actor's name. */
async function* labelled(lines: AsyncIterable<ExportLine>, { actors, labels }: Names): AsyncGenerator<ExportLine> {
  const [byAccount, byRef] = [inverted(actors), inverted(labels)]
  for await (const line of lines) {
    const label = byRef.get(line.ref as string) ?? byAccount.get(line.account as string)
    yield label === undefined ? line : { ...line, label }
  }
}

async function all(lines: AsyncIterable<ExportLine>): Promise<ExportLine[]> {
  const kept: ExportLine[] = []
  for await (const line of lines) kept.push(line)
  return kept
}
