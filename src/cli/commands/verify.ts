import type { Command } from 'commander'
import { LedgerError } from '../../../consensus/errors.ts'
import type { VerifyReport } from '../../verify/verify.ts'
import { addCommand, answers } from '../command.ts'
import type { Answer, Output } from '../output.ts'
import { firstSignal } from '../signals.ts'

/** Findings that a person is told; a damaged disk has more of the same. */
const toldMax = 20
const tellEveryMs = 1_000

export function verifyCommand(program: Command, output: Output): void {
  const command = addCommand(program, {
    name: 'verify',
    does: 'check every stored value of a node that is not running, and execute the whole ledger again',
    examples: ['openledger verify --data ./node'],
  }).requiredOption('--data <dir>', 'data folder')
  answers<{ data: string }>(command, output, async (_, { data }) => {
    const stop = new AbortController()
    void firstSignal().then(() => stop.abort())
    const { verifyStore } = await import('../../verify/verify.ts')
    let toldMs = Date.now()
    const report = await verifyStore(data, {
      signal: stop.signal,
      onProgress: (pass, epoch, epochs) => {
        if (Date.now() - toldMs < tellEveryMs) return
        toldMs = Date.now()
        output.note(`${pass === 'check' ? 'checked' : 'executed again'}: epoch ${epoch} of ${epochs}`)
      },
    })
    return reportAnswer(data, report)
  })
}

function reportAnswer(data: string, report: VerifyReport): Answer {
  if (!report.ok) throw damage(data, report)
  const { epoch, first, executed, values } = report
  const range = first > epoch ? 'no epoch yet' : `epochs ${first} to ${epoch}`
  const again = executed > 0 ? `; ${executed} epochs executed again to the same roots` : ''
  return {
    data: { epoch, first, executed, values },
    text: `intact: ${values} values, ${range}${again}`,
  }
}

function damage(data: string, { findings, omitted }: VerifyReport): LedgerError {
  const told = findings.slice(0, toldMax).map(({ what, problem }) => `${what}: ${problem}`)
  const rest = findings.length - told.length + omitted
  const message = [`${data} is damaged`, ...told, ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n')
  return new LedgerError(
    'damaged',
    message,
    {},
    'restore a backup, or delete the folder and let the node fetch it all again',
  )
}
