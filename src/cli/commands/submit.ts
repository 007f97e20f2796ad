import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { accountText, parseAccount } from '../../../consensus/account.ts'
import { toKey } from '../../../consensus/bytes.ts'
import { Cid } from '../../../consensus/cid.ts'
import { LedgerError } from '../../../consensus/errors.ts'
import { parseRef, type Ref } from '../../../consensus/ref.ts'
import type { Names } from '../../api/names.ts'
import type { NodeView } from '../../api/node-view.ts'
import type { LoadedKey } from '../../keys/key-file.ts'
import { parseScenario } from '../../scenario/parse.ts'
import { type RunResult, runScenario } from '../../scenario/runner.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import { askedKey } from '../asked-key.ts'
import { chainHead } from '../chain-head.ts'
import { addCommand, answers } from '../command.ts'
import { AnsweredFailure, type Output, UsageError } from '../output.ts'
import { runAnswer } from '../run-answer.ts'
import { tokenOption, type ViewOptions, viewOptions, withView } from '../view.ts'

interface SubmitOptions extends ViewOptions {
  readonly key: string
  readonly passwordFile?: string
  readonly voteKey?: string
}

/** What signs: records, and in a `validator` line that the vote key is the author's. */
interface SubmitKeys {
  readonly account: LoadedKey
  readonly vote: LoadedKey | undefined
}

/** The name under which lines without an actor act. */
const self = 'self'

export function submitCommand(program: Command, output: Output): void {
  const command = addCommand(program, {
    name: 'submit <file>',
    does: 'sign and submit records, in the line format of scenarios, and wait until they are final; the lines need no actor',
    examples: [
      'openledger submit records.ndjson --key ./ana.json --data ./node',
      'openledger submit validator.ndjson --key ./ana.json --vote-key ./node/vote.json --data ./node',
    ],
  })
    .requiredOption('--key <file>', 'account key that signs')
    .option(
      '--password-file <file>',
      'file whose first line is the password; else OPENLEDGER_PASSWORD, else it is asked for',
    )
    .option('--vote-key <file>', 'vote key of `validator` lines, under the same password')
  answers<SubmitOptions>(tokenOption(viewOptions(command)), output, async ([file], options) => {
    const { key, voteKey } = options
    const keys = {
      account: await askedKey(key, 'account', options.passwordFile),
      vote: voteKey === undefined ? undefined : await askedKey(voteKey, 'vote', options.passwordFile),
    }
    return await withView(options, async (view, names) => {
      const scenario = await readLines(file!, keys, names)
      const result = await submitAll(view, scenario, keys, output)
      const { data, text } = runAnswer(result)
      const answer = { data: { account: keys.account.text, ...data }, text }
      const { failed, submitted } = result.tally
      if (failed === 0) return answer
      const message = `${failed} of ${submitted} records failed: they are final, and without effect`
      const next = 'what stands behind each line says why; mend those lines and submit them again'
      throw new AnsweredFailure('records-failed', message, next, answer)
    })
  })
}

/** Lines may name what the node's data folder has names for. */
async function readLines(
  file: string,
  { account: key, vote }: SubmitKeys,
  { actors, labels }: Names,
): Promise<Scenario> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new LedgerError('file', `can't read: ${error.message}`)
  })
  const known = new Map(Object.entries(labels).map(([label, ref]): [string, Ref] => [label, parseRef(ref)]))
  const own = accountText(key.publicKey)
  const soleActor = Object.entries(actors).find(([, account]) => account === own)?.[0] ?? self
  return parseScenario([{ name: file, text }], {
    accountOf: actor => (actor === soleActor ? key.publicKey : namedAccount(actor, actors)),
    ...(vote === undefined ? {} : { voteKeyOf: () => vote.publicKey }),
    soleActor,
    known,
  })
}

function namedAccount(name: string, actors: Names['actors']): Uint8Array {
  const account = Object.hasOwn(actors, name) ? actors[name] : undefined
  if (account === undefined)
    throw new UsageError(`@@${name}: no such name in this data folder`, 'write the account as did:key:…')
  return parseAccount(account)
}

async function submitAll(
  view: NodeView,
  scenario: Scenario,
  { account: key, vote }: SubmitKeys,
  output: Output,
): Promise<RunResult> {
  const [status, author] = await Promise.all([view.status(), view.author(toKey(key.publicKey))])
  const head = chainHead(author)
  return await runScenario({
    scenario,
    chain: Cid.fromText(status.chain),
    nodes: [view],
    keyOf: () => key,
    ...(vote === undefined ? {} : { voteKeyOf: () => vote }),
    epoch: status.epoch,
    heads: new Map([...scenario.actors.keys()].map(actor => [actor, head])),
    onEpoch: ({ epoch }, { finalized }) =>
      output.note(`epoch ${epoch}: ${finalized} of ${scenario.actions.length} final`),
  })
}
