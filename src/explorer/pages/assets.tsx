import { useState } from 'preact/hooks'
import type { AssetKind, AssetStatus } from '../../api/schema/asset.ts'
import { useSurroundings } from '../context.ts'
import { Answered } from '../parts/answered.tsx'
import { Id } from '../parts/id.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { hrefOf } from '../place.ts'
import { useAnswer } from '../use-answer.ts'
import { Page } from './page.tsx'

const kinds = ['model', 'agent', 'datanet', 'refinement', 'contribution'] as const
const plurals: Readonly<Record<AssetKind, string>> = {
  model: 'models',
  agent: 'agents',
  datanet: 'datanets',
  refinement: 'refinements',
  contribution: 'contributions',
}
const limit = 50

export function Assets({ kind = 'model' }: { readonly kind?: AssetKind }) {
  return (
    <Page title="Assets">
      <p class="lead">Everything that can earn: what people contributed and refined, and what was built of it.</p>
      <nav class="choice" aria-label="Kind of asset">
        {kinds.map(each => (
          <a
            key={each}
            href={hrefOf({ page: 'assets', kind: each })}
            {...(each === kind ? { 'aria-current': 'page' } : {})}
          >
            {plurals[each]}
          </a>
        ))}
      </nav>
      <List key={kind} kind={kind} />
    </Page>
  )
}

function List({ kind }: { readonly kind: AssetKind }) {
  const { api } = useSurroundings()
  const [trail, setTrail] = useState<readonly string[]>([])
  const cursor = trail.at(-1)
  const assets = useAnswer(`${kind} ${cursor}`, 0, signal =>
    api.get('/v1/assets', { kind, limit, ...(cursor !== undefined && { cursor }) }, { signal }),
  )
  return (
    <Answered answer={assets} what={`the ${plurals[kind]}`}>
      {({ items, next }) => (
        <>
          <Table
            caption={`Assets: ${plurals[kind]}`}
            columns={kind === 'contribution' || kind === 'refinement' ? dataColumns : columns}
            rows={items}
            keyOf={({ ref }) => ref}
            empty={
              next === null && trail.length === 0
                ? `There are no ${plurals[kind]} yet.`
                : 'None in this part of the list.'
            }
          />
          <p class="pager">
            {trail.length > 0 && (
              <button type="button" onClick={() => setTrail(trail.slice(0, -1))}>
                Back
              </button>
            )}
            {next !== null && (
              <button type="button" onClick={() => setTrail([...trail, next])}>
                More
              </button>
            )}
          </p>
        </>
      )}
    </Answered>
  )
}

const columns: readonly Column<AssetStatus>[] = [
  { name: 'Name', cell: ({ ref, name }) => <Id of={ref} text={name} /> },
  { name: 'Owner', cell: ({ owner }) => <Id of={owner} /> },
]

const dataColumns: readonly Column<AssetStatus>[] = [
  { name: 'Asset', cell: ({ ref }) => <Id of={ref} /> },
  { name: 'In', cell: ({ datanet }) => (datanet === undefined ? '–' : <Id of={datanet} />) },
  { name: 'Owner', cell: ({ owner }) => <Id of={owner} /> },
]
