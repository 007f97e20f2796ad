// runs alone: four node processes that are killed under load; npm run kills does it a hundred times
import * as assert from 'uvu/assert'
import { runKills } from '../../scripts/kills/kills.ts'
import { suite } from '../harness.ts'

const test = suite('e2e/kills')
const times = 6
const allEvery = 3

test(
  'T7: killed at random moments under load, nodes are ready again, lose nothing final and sign no contradiction',
  async signal => {
    const notes: string[] = []
    const { kills, breaches, records, checkpoints } = await runKills({
      times,
      allEvery,
      seed: 3,
      epochMs: 700,
      // The whole run, on a machine of its own, holds them to the 10 s.
      readyMsMax: 60_000,
      signal,
      note: line => void notes.push(line),
    })
    assert.equal(breaches, [], notes.join('\n'))
    assert.equal(
      kills.map(({ nodes }) => nodes.length),
      [1, 1, 4, 1, 1, 4],
    )
    assert.ok(records > 0 && checkpoints > times, `${records} records, ${checkpoints} checkpoints`)
  },
  { deadlineMs: 240_000 },
)
