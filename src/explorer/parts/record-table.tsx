import type { RecordStatus } from '../../api/node-view.ts'
import { EpochLink } from './epoch-link.tsx'
import { Id } from './id.tsx'
import { Outcome } from './outcome.tsx'
import { type Column, Table } from './table.tsx'

interface RecordTableProps {
  readonly caption: string
  readonly records: readonly RecordStatus[]
  readonly empty: string
}

export function RecordTable({ caption, records, empty }: RecordTableProps) {
  return <Table caption={caption} columns={columns} rows={records} keyOf={({ ref }) => ref} empty={empty} />
}

const columns: readonly Column<RecordStatus>[] = [
  { name: 'Record', cell: ({ ref, fields }) => <Id of={ref} text={ownName(fields)} /> },
  { name: 'Kind', cell: ({ kind }) => kind },
  { name: 'Outcome', cell: ({ final }) => <Outcome of={final?.outcome ?? null} /> },
  {
    name: 'Final in',
    isNumber: true,
    isSpare: true,
    cell: ({ final }) => (final === null ? '–' : <EpochLink of={final.epoch} />),
  },
]

/** What its author called it, where it has a name. */
export function ownName(fields: RecordStatus['fields']): string | undefined {
  return typeof fields.name === 'string' && fields.name !== '' ? fields.name : undefined
}
