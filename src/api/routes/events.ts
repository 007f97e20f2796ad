import Type from 'typebox'
import { parseAccountKey } from '../../../consensus/account.ts'
import { MalformedError } from '../../../consensus/errors.ts'
import type { ApiSource } from '../api-source.ts'
import type { ServerSentEvent } from '../event-stream.ts'
import type { EventFilter } from '../ledger-pages.ts'
import { events, route } from '../route.ts'
import { type EventKind, eventKinds, eventSchemas } from '../schema/event.ts'
import { account, epoch } from '../schema/words.ts'

/** How long nothing may happen before the stream looks again by itself. */
const lookMs = 600_000
const kinds = eventKinds.join('|')

export const eventRoutes = [
  route({
    method: 'GET',
    path: '/v1/events',
    tag: 'events',
    does:
      'What becomes final, as server-sent events: `record`, `payout` and `checkpoint`, in this order in each epoch. From the next epoch ' +
      'on, from the one that `from` says, or from what Last-Event-ID was the last of; an event without data says how far the stream is.',
    fields: {
      types: Type.Optional(
        Type.String({
          title: `some of ${eventKinds.join(', ')}, with commas between`,
          pattern: `^(${kinds})(,(${kinds})){0,2}$`,
          default: 'checkpoints',
        }),
      ),
      account: Type.Optional({ ...account, description: 'Payouts to this account alone.' }),
      author: Type.Optional({ ...account, description: 'Records of this author alone.' }),
      from: Type.Optional({ ...epoch, description: 'The first epoch.' }),
    },
    answer: events(eventSchemas),
    refusals: ['busy'],
    cost: 5,
    handle: async (source, { types = 'checkpoints', account, author, from }, { ending, lastEventId }) => {
      const filter = {
        kinds: types.split(',') as EventKind[],
        ...(account !== undefined && { account: parseAccountKey(account, 'account') }),
        ...(author !== undefined && { author: parseAccountKey(author, 'author') }),
      }
      const start = placeIn(lastEventId) ?? { epoch: from ?? source.head.epoch + 1, seen: 0 }
      return follow(source, filter, start, ending)
    },
  }),
] as const

/** So many events of this epoch were sent: with the same filter they are the same ones. */
interface StreamPlace {
  readonly epoch: number
  readonly seen: number
}

function placeIn(id: string | undefined): StreamPlace | undefined {
  if (id === undefined || id === '') return undefined
  const match = /^(\d{1,15})\.(\d{1,15})$/.exec(id)
  if (match === null) throw new MalformedError('last-event-id', 'an id that the stream had', id)
  return { epoch: Number(match[1]), seen: Number(match[2]) }
}

async function* follow(
  { pages, head }: ApiSource,
  filter: EventFilter,
  start: StreamPlace,
  signal: AbortSignal,
): AsyncGenerator<ServerSentEvent> {
  let seen = start.seen
  for (let epoch = Math.max(1, start.epoch); ; epoch++) {
    while (head.epoch < epoch && !signal.aborted) await head.until(epoch, { waitMs: lookMs, signal })
    if (signal.aborted) return
    let sent = 0
    for await (const event of pages.events(epoch, filter)) {
      if (signal.aborted) return
      if (++sent > seen) yield { id: `${epoch}.${sent}`, ...event }
    }
    if (signal.aborted) return
    seen = 0
    yield { id: `${epoch + 1}.0` }
  }
}
