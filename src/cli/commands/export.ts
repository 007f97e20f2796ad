import { resolve } from 'node:path'
import type { Command } from 'commander'
import { MalformedError } from '../../../consensus/errors.ts'
import { inverted, type Names } from '../../api/names.ts'
import { ndjson } from '../../api/ndjson.ts'
import { type EpochRange, type ExportKind, type ExportLine, exportKinds } from '../../api/node-view.ts'
import { payoutsCsv } from '../../archive/payouts-csv.ts'
import { byteText } from '../../byte-text.ts'
import { writePieces } from '../../store/pieces-file.ts'
import { parseEpochRange } from '../arguments.ts'
import { addCommand, answers, parsedOption } from '../command.ts'
import { type Answer, type Output, UsageError } from '../output.ts'
import { type ViewOptions, viewOptions, withView } from '../view.ts'

type Kinds = { readonly [K in ExportKind]?: boolean }

interface ExportOptions extends ViewOptions, Kinds {
  readonly car?: string
  readonly format?: Format
  readonly epoch?: EpochRange
  readonly json?: boolean
}

const formats = ['ndjson', 'csv'] as const
type Format = (typeof formats)[number]

export function exportCommand(program: Command, output: Output): void {
  const command = addCommand(program, {
    name: 'export',
    does: 'what the ledger holds, as NDJSON on standard output (with --json, one object with all lines), or as a CAR file',
    examples: [
      'openledger export --records --data ./node > records.ndjson',
      'openledger export --payouts --epoch 10..20 --data ./node',
      'openledger export --payouts --format csv --data ./node > payouts.csv',
      'openledger export --car epochs.car --epoch 10..20 --data ./node',
    ],
  })
    .option('--records', 'every record with its outcome')
    .option('--checkpoints', 'every checkpoint and who signed it')
    .option('--payouts', 'every payout and the lines it is made of')
    .option(
      '--car <file>',
      'checkpoints, sets, parameters, cuts and batches as a CAR file with the newest checkpoint as its root; what its links name is in it, but for older epochs and the contents, which the ledger never holds',
    )
    .addOption(
      parsedOption('--format <format>', 'of payouts: ndjson (default) or csv, a row for each credit line', parseFormat),
    )
    .addOption(parsedOption('--epoch <a..b>', 'only these epochs; either end may be left out', parseEpochRange))
  answers<ExportOptions>(viewOptions(command), output, (_, options) =>
    withView(options, async (view, names) => {
      const { car, format, epoch } = options
      if (car !== undefined) return await exportCar(resolve(car), view.car(epoch), options)
      if (format === 'csv') return await exportCsv(labelled(view.export(csvKindOf(options), epoch), names), output)
      const lines = labelled(view.export(kindOf(options), options.epoch), names)
      if (options.json === true) return { data: { lines: await all(lines) }, text: '' }
      // An empty line tells who reads over HTTP that somebody is there; in a file it would be no JSON.
      for await (const chunk of ndjson(lines)) if (chunk !== '\n') await output.answer(chunk)
      return { data: {}, text: '' }
    }),
  )
}

async function exportCar(path: string, pieces: AsyncIterable<Uint8Array>, options: ExportOptions): Promise<Answer> {
  if (exportKinds.some(kind => options[kind] === true) || options.format !== undefined)
    throw new UsageError('--car goes alone: it holds all of it, in blocks')
  const bytes = await writePieces(path, pieces, 0o644)
  return { data: { file: path, bytes }, text: `${path}: ${byteText(bytes)}` }
}

async function exportCsv(lines: AsyncIterable<ExportLine>, output: Output): Promise<Answer> {
  for await (const chunk of payoutsCsv(lines)) await output.answer(chunk)
  return { data: {}, text: '' }
}

function csvKindOf(options: ExportOptions): ExportKind {
  if (kindOf(options) !== 'payouts' || options.json === true)
    throw new UsageError('--format csv goes with --payouts, and without --json')
  return 'payouts'
}

function parseFormat(text: string): Format {
  const format = formats.find(each => each === text)
  if (format === undefined) throw new MalformedError('format', formats.join(' or '), text)
  return format
}

function kindOf(options: Kinds): ExportKind {
  const [kind, other] = exportKinds.filter(each => options[each] === true)
  if (kind === undefined || other !== undefined)
    throw new UsageError('what? give one of --records, --checkpoints, --payouts, --car FILE')
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
