import { nativeCrypto as crypto } from '../../src/crypto/native.ts'
import { Economy, inferences } from './economy.ts'
import { bestMs, type Measurement } from './measure.ts'

export interface ExecutionSize {
  readonly inferences: number
  readonly assets: number
  readonly depth: number
}

/** (b) One epoch of many inferences, decoded, executed, routed through lineages and committed to, on one core. */
export function measureExecution(size: ExecutionSize): Measurement[] {
  const economy = new Economy()
  const prepared = economy.prepare(size.assets, size.depth)
  const batches = economy.provider.write(inferences(size.inferences, prepared))
  const rawMs = bestMs(1, () =>
    hashBodies(
      batches.map(({ body }) => body),
      size.inferences,
    ),
  )
  const { result, ms } = economy.play(economy.provider, batches)
  const perSecond = Math.round((size.inferences / ms) * 1000)
  const raw = Math.round((size.inferences / rawMs) * 1000)
  if (result.usage.inferences !== size.inferences) throw new Error(`${result.usage.inferences} paid`)
  return [
    {
      name: `(b) execution, ${size.inferences} inferences over ${size.assets} assets, depth ${size.depth}`,
      value: perSecond,
      unit: 'inferences/s',
      raw,
      rawMeans: 'SHA-256 over each record once',
      ratio: perSecond / raw,
      goal: '≥ 60000',
      reached: perSecond >= 60_000,
    },
    { name: '(b) flows routed and committed', value: result.flows.length, unit: 'flows' },
    { name: '(f) resident memory after (b)', value: Math.round(process.memoryUsage().rss / 2 ** 20), unit: 'MiB' },
  ]
}

/** The records' bytes, each hashed as a leaf: less can't commit to them. */
function hashBodies(bodies: readonly Uint8Array[], records: number): void {
  const target = new Uint8Array(32)
  const total = bodies.reduce((sum, body) => sum + body.length, 0)
  const bytesEach = Math.floor(total / records)
  for (const body of bodies) {
    for (let at = 0; at + bytesEach <= body.length; at += bytesEach)
      crypto.sha256Into(body.subarray(at, at + bytesEach), target, 0)
  }
}
