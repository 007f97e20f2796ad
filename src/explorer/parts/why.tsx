import { useState } from 'preact/hooks'
import type { EpochRange, Explanation } from '../../api/node-view.ts'
import type { ApiClient } from '../../client/index.ts'
import { useSurroundings } from '../context.ts'
import { refParts } from '../ref-parts.ts'
import { useAnswer } from '../use-answer.ts'
import { countText } from '../words.ts'
import { Answered } from './answered.tsx'
import { Tree } from './tree.tsx'

function explain(api: ApiClient, subject: string, span: EpochRange, signal: AbortSignal): Promise<Explanation> {
  return subject.startsWith('did:')
    ? api.get('/v1/explain/{account}', { account: subject, ...span }, { signal })
    : api.get('/v1/explain/{cid}/{index}', { ...refParts(subject), ...span }, { signal })
}

/** As many epochs as in an answer, of before it. */
function olderThan({ from, to, oldest }: Explanation): EpochRange {
  return { from: Math.max(oldest, from - (to - from + 1)), to: from - 1 }
}

/** Where money came from or went to, as the node tells it: of the newest epochs, and of older ones where the reader asks. */
export function Why({ subject }: { readonly subject: string }) {
  const { api } = useSurroundings()
  const [span, setSpan] = useState<EpochRange>({})
  const isOlder = span.to !== undefined
  const explanation = useAnswer(`${subject} ${span.to}`, 0, signal => explain(api, subject, span, signal))
  const { value } = explanation
  return (
    <>
      <Answered answer={explanation} what="the explanation">
        {({ root, from, to, oldest }) => (
          <>
            <Tree root={root} />
            <p class="aside">
              {to < from ? 'No epoch is final yet.' : `Over epochs ${countText(from)} to ${countText(to)}.`}
              {from > oldest && ` What was before, from epoch ${countText(oldest)} on, is left out.`}
            </p>
          </>
        )}
      </Answered>
      {value !== undefined && value.from > value.oldest && (
        <button type="button" onClick={() => setSpan(olderThan(value))}>
          Show older epochs
        </button>
      )}{' '}
      {isOlder && (
        <button type="button" onClick={() => setSpan({})}>
          Show the newest epochs
        </button>
      )}
    </>
  )
}
