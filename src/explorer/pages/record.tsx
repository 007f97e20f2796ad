import type { RecordStatus } from '../../api/node-view.ts'
import { useSurroundings } from '../context.ts'
import { Answered } from '../parts/answered.tsx'
import { EpochLink } from '../parts/epoch-link.tsx'
import { Facts } from '../parts/facts.tsx'
import { Field, fieldName } from '../parts/field.tsx'
import { LineageGraph } from '../parts/graph.tsx'
import { Code, Id } from '../parts/id.tsx'
import { Outcome } from '../parts/outcome.tsx'
import { ownName } from '../parts/record-table.tsx'
import { When } from '../parts/when.tsx'
import { Why } from '../parts/why.tsx'
import { refParts } from '../ref-parts.ts'
import { useAnswer } from '../use-answer.ts'
import { countText, shortId } from '../words.ts'
import { Page, Section } from './page.tsx'

const assetKinds = new Set(['datanet', 'contribution', 'refinement', 'model', 'agent'])
/** Epochs whose money is drawn. */
const lineageEpochs = 1_000

export function RecordPage({ of: ref }: { readonly of: string }) {
  const { api, nameOf } = useSurroundings()
  const record = useAnswer(ref, 0, signal => api.get('/v1/records/{cid}/{index}', refParts(ref), { signal }))
  const { value } = record
  const name = value && ownName(value.fields)
  return (
    <Page title={name ?? nameOf(ref) ?? shortId(ref)} kind={value?.kind ?? 'record'}>
      <p>
        <Code of={ref} what="the record’s ref" short={false} />
      </p>
      <Answered answer={record} what="this record">
        {known => <Known record={known} />}
      </Answered>
    </Page>
  )
}

function Known({ record }: { readonly record: RecordStatus }) {
  const { ref, author, kind, fields, time, final } = record
  const [cid = ''] = ref.split('/')
  const isAsset = assetKinds.has(kind) && final?.outcome === 'done'
  return (
    <>
      <Facts
        of={[
          { name: 'Written by', value: <Id of={author} copy /> },
          { name: 'Outcome', value: <Outcome of={final === null ? null : final.outcome} /> },
          final === null
            ? undefined
            : { name: 'Final in', value: <EpochLink of={final.epoch} text={`epoch ${countText(final.epoch)}`} /> },
          { name: 'Batch', value: <Id of={cid} copy /> },
          { name: 'Time it claims', value: <When ms={time} /> },
        ]}
      />
      {isAsset && <LineageSection subject={ref} />}
      <Section
        title="What it says"
        lead="As its author wrote it. Only hashes and names stand in the ledger, never the content itself."
      >
        <Facts
          of={Object.entries(fields).map(([name, value]) => ({
            name: fieldName(name),
            value: <Field name={name} of={value} />,
          }))}
        />
      </Section>
      {final !== null && (
        <Section
          title="Why"
          lead={
            isAsset
              ? 'What reached it, and where that went; each line opens.'
              : 'Where its money came from or went to; each line opens.'
          }
        >
          <Why subject={ref} />
        </Section>
      )}
    </>
  )
}

function LineageSection({ subject }: { readonly subject: string }) {
  const { api, head } = useSurroundings()
  const newest = head.status?.epoch
  const isReady = newest !== undefined
  const lineage = useAnswer(`${subject} ${isReady}`, 0, async signal => {
    if (newest === undefined) return undefined
    return await api.get(
      '/v1/lineage/{cid}/{index}',
      { ...refParts(subject), from: Math.max(1, newest - lineageEpochs + 1), to: newest },
      { signal },
    )
  })
  return (
    <Section title="Lineage" lead="Money flows from what was made to what it was made from, down to the origins.">
      <Answered answer={lineage} what="the lineage">
        {known =>
          known === undefined ? (
            <p class="loading">Loading the lineage…</p>
          ) : (
            <>
              <LineageGraph lineage={known} />
              <p class="aside">
                Money of epochs {countText(known.from)} to {countText(known.to)}.
                {known.omitted > 0 && ` ${countText(known.omitted)} more assets belong to it and aren’t drawn.`}
              </p>
            </>
          )
        }
      </Answered>
    </Section>
  )
}
