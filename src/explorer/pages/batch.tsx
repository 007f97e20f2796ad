import { allPages } from '../all-pages.ts'
import { useSurroundings } from '../context.ts'
import { Answered } from '../parts/answered.tsx'
import { EpochLink } from '../parts/epoch-link.tsx'
import { Facts } from '../parts/facts.tsx'
import { Code, Id } from '../parts/id.tsx'
import { RecordTable } from '../parts/record-table.tsx'
import { When } from '../parts/when.tsx'
import { useAnswer } from '../use-answer.ts'
import { countText, shortId } from '../words.ts'
import { Page, Section } from './page.tsx'

const recordsMax = 1_024

export function Batch({ cid }: { readonly cid: string }) {
  const { api } = useSurroundings()
  const batch = useAnswer(cid, 0, signal => api.get('/v1/batches/{cid}', { cid }, { signal }))
  return (
    <Page title={shortId(cid)} kind="batch">
      <p>
        <Code of={cid} what="the batch’s id" short={false} />
      </p>
      <Answered answer={batch} what="this batch">
        {({ author, seq, prev, time, epoch }) => (
          <>
            <Facts
              of={[
                { name: 'Signed by', value: <Id of={author} copy /> },
                {
                  name: 'Final in',
                  value:
                    epoch === null ? (
                      'not yet: it is pending'
                    ) : (
                      <EpochLink of={epoch} text={`epoch ${countText(epoch)}`} />
                    ),
                },
                { name: 'Place in its author’s chain', value: countText(seq) },
                { name: 'Batch before', value: prev === null ? 'none: it is the first' : <Id of={prev} /> },
                { name: 'Time it claims', value: <When ms={time} /> },
              ]}
            />
            <Records cid={cid} />
          </>
        )}
      </Answered>
    </Page>
  )
}

function Records({ cid }: { readonly cid: string }) {
  const { api } = useSurroundings()
  const records = useAnswer(cid, 0, signal =>
    allPages(recordsMax, page => api.get('/v1/batches/{cid}/records', { cid, ...page }, { signal })),
  )
  return (
    <Section title="Records">
      <Answered answer={records} what="its records">
        {({ items }) => <RecordTable caption="Records of the batch" records={items} empty="None." />}
      </Answered>
    </Section>
  )
}
