import type { Command } from 'commander'
import type { Finding, Verdict } from '../../doctor/finding.ts'
import { withTilde } from '../../tilde.ts'
import { addCommand, answers } from '../command.ts'
import { type Answer, AnsweredFailure, type Output } from '../output.ts'
import { nodeConfigOf, type SettingOptions, settingOptions } from '../setting-options.ts'

export function doctorCommand(program: Command, output: Output): void {
  const command = addCommand(program, {
    name: 'doctor',
    does: 'look at a node, running or not, and its machine: what is well, what is wrong, what to do; fit to be pasted, without secrets',
    examples: [
      'openledger doctor',
      'openledger doctor --data ./node --json',
      'openledger doctor --config ./node/config.json',
    ],
  })
  const names = ['data', 'voteKey', 'accountKey', 'peerKey', 'passwordFile', 'listen', 'bootstrap', 'api'] as const
  answers<SettingOptions>(settingOptions(command, names), output, async (_, options) => {
    const config = await nodeConfigOf(options)
    const { examine } = await import('../../doctor/examine.ts')
    const findings = (await examine(config, process.env)).map(pasteable)
    const answer = doctorAnswer(findings)
    const failed = findings.filter(({ verdict }) => verdict === 'fail')
    if (failed.length === 0) return answer
    const checks = [...new Set(failed.map(({ check }) => check))].join(', ')
    throw new AnsweredFailure('unwell', `something is wrong: ${checks}`, 'do what stands below each', answer)
  })
}

function pasteable({ check, verdict, found, next }: Finding): Finding {
  return { check, verdict, found: withTilde(found), next: next === null ? null : withTilde(next) }
}

function doctorAnswer(findings: readonly Finding[]): Answer {
  const verdict = (['fail', 'warn', 'ok'] as const).find(worst => findings.some(finding => finding.verdict === worst))!
  return { data: { verdict, findings }, text: [...findings.map(line), summary(findings)].join('\n') }
}

const marks: Readonly<Record<Verdict, string>> = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' }

function line({ check, verdict, found, next }: Finding): string {
  const head = `${marks[verdict]}  ${check.padEnd(7)}  ${found}`
  return next === null ? head : `${head}\n               next: ${next}`
}

function summary(findings: readonly Finding[]): string {
  const count = (verdict: Verdict) => findings.filter(finding => finding.verdict === verdict).length
  const [failures, warnings] = [count('fail'), count('warn')]
  if (failures + warnings === 0) return '\nAll is well.'
  return `\n${failures} wrong, ${warnings} doubtful, ${count('ok')} well.`
}
