import type { Attendance } from '../../api/schema/attendance.ts'
import type { ValidatorStatus } from '../../api/schema/validator.ts'
import { allPages } from '../all-pages.ts'
import { useSurroundings } from '../context.ts'
import { Amount } from '../parts/amount.tsx'
import { Answered } from '../parts/answered.tsx'
import { EpochLink } from '../parts/epoch-link.tsx'
import { Id } from '../parts/id.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { useAnswer } from '../use-answer.ts'
import { countText, percentText } from '../words.ts'
import { Page } from './page.tsx'

const validatorsMax = 2_000

export function ValidatorsPage() {
  const { api } = useSurroundings()
  const validators = useAnswer('validators', 0, async signal => {
    const [{ items }, attendance] = await Promise.all([
      allPages(validatorsMax, page => api.get('/v1/validators', page, { signal })),
      api.get('/v1/attendance', {}, { signal }),
    ])
    return { items, attendance }
  })
  return (
    <Page title="Validators">
      <p class="lead">
        They agree on each epoch by stake. A checkpoint is final with the signatures of more than two thirds of it.
      </p>
      <Answered answer={validators} what="the validators">
        {({ items, attendance }) => {
          const ranked = [...items].sort((a, b) => (b.stake ?? -1) - (a.stake ?? -1) || b.bonded - a.bonded)
          return (
            <>
              <Table
                caption="Validators"
                columns={columnsOf(items, attendance)}
                rows={ranked}
                keyOf={({ account }) => account}
                empty="There are none."
              />
              {attendance.looked > 0 && (
                <p class="aside">
                  Signatures of the last {countText(attendance.looked)} epochs up to <EpochLink of={attendance.epoch} />
                  . A certificate needs no more than two thirds, so that one is missing now and then says little.
                </p>
              )}
            </>
          )
        }}
      </Answered>
    </Page>
  )
}

function columnsOf(all: readonly ValidatorStatus[], { validators }: Attendance): Column<ValidatorStatus>[] {
  const total = all.reduce((sum, { stake }) => sum + (stake ?? 0), 0)
  const tallies = new Map(validators.map(tally => [tally.account, tally]))
  const signedText = (account: string): string => {
    const tally = tallies.get(account)
    return tally === undefined ? '–' : `${tally.signed} of ${tally.elected}`
  }
  return [
    { name: 'Validator', cell: ({ account, name }) => <Id of={account} text={name} /> },
    { name: 'Stake', isNumber: true, cell: ({ bonded }) => <Amount of={bonded} /> },
    {
      name: 'Of the votes',
      isNumber: true,
      cell: ({ stake }) => (stake === null ? 'not elected' : percentText(stake, total)),
    },
    { name: 'Signed', isNumber: true, cell: ({ account }) => signedText(account) },
    { name: 'Commission', isNumber: true, isSpare: true, cell: ({ commission }) => `${commission / 10_000} %` },
    { name: 'Holders', isNumber: true, isSpare: true, cell: ({ delegations }) => countText(delegations) },
    { name: 'Slashes', isNumber: true, isSpare: true, cell: ({ slashes }) => countText(slashes) },
  ]
}
