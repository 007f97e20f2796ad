import type { ComponentChildren } from 'preact'

export interface Column<Row> {
  readonly name: string
  /** Numbers stand to the right. */
  readonly isNumber?: boolean
  /** Left out where there is little room. */
  readonly isSpare?: boolean
  cell(row: Row): ComponentChildren
}

interface TableProps<Row> {
  readonly caption: string
  /** The caption is for who can't see the heading above the table. */
  readonly isCaptionShown?: boolean
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  keyOf(row: Row): string | number
  /** Said instead of a table without rows. */
  readonly empty: string
}

export function Table<Row>({ caption, isCaptionShown = false, columns, rows, keyOf, empty }: TableProps<Row>) {
  if (rows.length === 0) return <p class="empty">{empty}</p>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="scroll" tabIndex={0} aria-label={caption}>
      <table>
        <caption class={isCaptionShown ? '' : 'unseen'}>{caption}</caption>
        <thead>
          <tr>
            {columns.map(column => (
              <th key={column.name} scope="col" class={classOf(column)}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr key={keyOf(row)}>
              {columns.map((column, i) =>
                i === 0 ? (
                  <th key={column.name} scope="row" class={classOf(column)}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.name} class={classOf(column)}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function classOf<Row>({ isNumber, isSpare }: Column<Row>): string {
  return [isNumber ? 'number' : '', isSpare ? 'spare' : ''].join(' ').trim()
}
