import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LightClient } from '../../src/light/light-client.ts'
import { lightFilePath } from '../../src/light/light-file.ts'
import { History, type Member, member } from '../../test/fixtures/light-chain.ts'
import { quickCrypto } from '../../test/fixtures/quick-crypto.ts'
import { addrOf, MemoryNetwork } from '../../test/src/light/memory-network.ts'
import type { Measurement } from './measure.ts'

/** Of `validators`, `moving` give way to others every `every` epochs. */
interface Rotation {
  readonly what: string
  readonly validators: number
  readonly moving: number
  readonly every: number
  /** Certificates to check for every 10,000 epochs. */
  readonly checksMax: number
}

const rotations: readonly Rotation[] = [
  { what: 'an unchanged set of 100', validators: 100, moving: 0, every: 1, checksMax: 40 },
  { what: '5 of 100 moving every 500 epochs', validators: 100, moving: 5, every: 500, checksMax: 100 },
  { what: '1 of 20 moving every epoch', validators: 20, moving: 1, every: 1, checksMax: 1_000 },
]

const fileBytesMax = 1_000_000

/** From the genesis to an epoch: how many certificates are checked, and how large the file is by then. */
export async function measureFollowing(epochs: number): Promise<Measurement[]> {
  const measurements: Measurement[] = []
  const sizes: number[] = []
  for (const rotation of rotations) {
    const { checks, networkBytes, fileBytes } = await follow(rotation, epochs)
    sizes.push(fileBytes)
    measurements.push({
      name: `(g) ${epochs} epochs followed, ${rotation.what}; ${networkBytes} bytes came`,
      value: checks,
      unit: 'certificates checked',
      goal: `≤ ${rotation.checksMax}`,
      reached: checks <= rotation.checksMax,
    })
  }
  const largest = Math.max(...sizes)
  measurements.push({
    name: `(g) what a light node keeps after ${epochs} epochs, the most of these`,
    value: largest,
    unit: 'bytes',
    goal: '≤ 1 MB',
    reached: largest <= fileBytesMax,
  })
  return measurements
}

async function follow(rotation: Rotation, epochs: number) {
  const history = new History({ membersAt: membersAt(rotation) })
  const network = new MemoryNetwork({ server: { history, head: epochs } })
  const dir = await mkdtemp(join(tmpdir(), 'openledger-bench-'))
  try {
    const client = await LightClient.open({
      network,
      crypto: quickCrypto,
      peers: [addrOf('server')],
      trust: history.chain,
      accept: false,
      dir,
      now: () => history.timeOf(epochs),
      signal: new AbortController().signal,
      onProgress: () => {},
    })
    const { head, checks } = await client.follow()
    if (head.epoch !== epochs) throw new Error(`followed to epoch ${head.epoch}`)
    const { size } = await stat(lightFilePath(dir))
    return { checks, networkBytes: network.bytes, fileBytes: size }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** One array per set, so that a history makes each once. */
function membersAt({ validators, moving, every }: Rotation): (epoch: number) => readonly Member[] {
  const sets = new Map<number, readonly Member[]>()
  return epoch => {
    // Epochs 1 and 2 are the genesis'.
    const first = moving * Math.floor(Math.max(0, epoch - 2) / every)
    const known = sets.get(first)
    if (known !== undefined) return known
    const set = Array.from({ length: validators }, (_, i) => member(first + i))
    sets.set(first, set)
    return set
  }
}
