import * as assert from 'uvu/assert'
import type { Network } from '../../../network/network.ts'
import type { Clock } from '../../../src/node/clock.ts'
import { PeerClocks } from '../../../src/node/peer-clocks.ts'
import { suite } from '../../harness.ts'

const test = suite('node/peer-clocks')
const now = 1_800_000_000_000

let differences: (number | null)[] = []

/** Warnings after each round of asking, and what the difference is then; a round is what each peer's clock differs by, or undefined for one that tells nothing. */
async function warnings(...rounds: (number | undefined | 'silent')[][]): Promise<string[][]> {
  differences = []
  let peers: (number | undefined | 'silent')[] = []
  let told: string[] = []
  const silent = () => {}
  const network = {
    peers: () => peers.map((_, id) => ({ id: String(id) })),
    request: {
      status: async (id: string) => {
        const peer = peers[Number(id)]
        if (peer === 'silent') throw new Error('no answer')
        return peer === undefined ? {} : { time: now + peer }
      },
    },
  } as unknown as Network
  const clock: Clock = { now: () => now, after: () => silent, every: () => silent }
  const log = {
    debug: silent,
    info: silent,
    error: silent,
    warn: (_: object, message: string) => void told.push(message),
  }
  const clocks = new PeerClocks({ network, clock, log })
  const all: string[][] = []
  for (const round of rounds) {
    peers = round
    told = []
    await clocks.compare()
    all.push(told)
    differences.push(clocks.differenceMs)
  }
  clocks.stop()
  return all
}

test('a clock that differs from most peers by more than 10 s is told once, and again after it was right', async () => {
  const far = [12_000, 13_000, 40]
  const [first, second, right, again] = await warnings(far, far, [0, 5, 10_000], [-60_000])
  assert.equal(first, ['this clock is 12 s behind those of its peers'])
  assert.equal(second, [])
  assert.equal(right, [])
  assert.equal(again, ['this clock is 60 s ahead of those of its peers'])
  assert.equal(differences, [12_000, 12_000, 5, -60_000])
})

test('one lying peer, half of the peers, and those that tell nothing raise no alarm', async () => {
  const far = 3_600_000
  const quiet = [[], [undefined], ['silent' as const], [0, far], [0, 1, far], [far, undefined, 0, 'silent' as const]]
  for (const told of await warnings(...quiet)) assert.equal(told, [])
  assert.equal(differences, [null, null, null, 0, 1, 0])
})
