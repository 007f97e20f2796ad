import type { Explanation } from '../../api/node-view.ts'
import type { ApiClient } from '../../client/index.ts'
import { useSurroundings } from '../context.ts'
import { refParts } from '../ref-parts.ts'
import { useAnswer } from '../use-answer.ts'
import { countText } from '../words.ts'
import { Answered } from './answered.tsx'
import { Tree } from './tree.tsx'

function explain(
  api: ApiClient,
  subject: string,
  epoch: number | undefined,
  signal: AbortSignal,
): Promise<Explanation> {
  const during = epoch === undefined ? {} : { epoch }
  return subject.startsWith('did:')
    ? api.get('/v1/explain/{account}', { account: subject, ...during }, { signal })
    : api.get('/v1/explain/{cid}/{index}', { ...refParts(subject), ...during }, { signal })
}

/** Where money came from or went to, as the node tells it. */
export function Why({ subject, epoch }: { readonly subject: string; readonly epoch?: number }) {
  const { api } = useSurroundings()
  const explanation = useAnswer(subject, epoch ?? 0, signal => explain(api, subject, epoch, signal))
  return (
    <Answered answer={explanation} what="the explanation">
      {({ root, from, to }) => (
        <>
          <Tree root={root} />
          <p class="aside">
            {to < from ? 'No epoch is final yet.' : `Over epochs ${countText(from)} to ${countText(to)}.`}
          </p>
        </>
      )}
    </Answered>
  )
}
