import type { Command } from 'commander'
import { LedgerError } from '../../../consensus/errors.ts'
import type { Names } from '../../api/names.ts'
import type { Subject } from '../../api/node-view.ts'
import { parseSubject } from '../../api/subject.ts'
import { parseEpoch } from '../arguments.ts'
import { addCommand, answers, parsedOption } from '../command.ts'
import { askableNames, explanationData, explanationText, labelsOf } from '../explanation.ts'
import { type Output, UsageError } from '../output.ts'
import { type ViewOptions, viewOptions, withView } from '../view.ts'

interface ExplainOptions extends ViewOptions {
  readonly epoch?: number
}

export function explainCommand(program: Command, output: Output): void {
  const command = addCommand(program, {
    name: 'explain <id>',
    does: 'where money came from or went to, as a tree, down to the records; of an account (did:key:… or @@NAME), or of an asset, model, session or record (<cid>/<index> or @LABEL)',
    examples: ['openledger explain @@ana --data ./node', 'openledger explain did:key:z6Mk… --data ./node --epoch 12'],
  }).addOption(parsedOption('--epoch <n>', 'only what happened in that epoch', parseEpoch))
  answers<ExplainOptions>(viewOptions(command), output, ([id], options) =>
    withView(options, async (view, names) => {
      const explanation = await view.explain(subjectOf(id!, names), options.epoch)
      if (explanation === undefined) throw new LedgerError('not-found', `${id}: not known to this node`)
      const labels = labelsOf(names)
      const { root, ...about } = explanation
      return {
        data: { ...about, root: explanationData(root, labels) },
        text: explanationText(explanation, askableNames(names)),
      }
    }),
  )
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
  if (!Object.hasOwn(known, name)) throw new LedgerError('not-found', `${text}: no such name in this data folder`)
  return parseSubject(known[name]!)
}
