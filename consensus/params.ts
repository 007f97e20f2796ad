import { type Amount, type Ppm, ppmWhole, supplyMax } from './amount.ts'
import type { ValueMap } from './cbor/value.ts'
import { MalformedError } from './errors.ts'

/** How a fee is shared: [operators, executor, builder, data], ppm. */
export type FeeShares = readonly [operators: Ppm, executor: Ppm, builder: Ppm, data: Ppm]

export interface Params {
  /** Milliseconds from one decision to the next round 0. */
  readonly epochMs: number
  readonly inferenceShares: FeeShares
  readonly actionShares: FeeShares
  /** F6: least originShare of a datanet. */
  readonly originFloor: Ppm
  readonly ownerShareMax: Ppm
  /** Epochs that money waits for an attribution before it is treated as unnamed (F3). */
  readonly attributionWindow: number
  readonly maxValidators: number
  readonly minStake: Amount
  /** Epochs. */
  readonly unbonding: number
  readonly slashDouble: Ppm
  readonly maxEpochBytes: number
  readonly maxFlowAssets: number
  /** µOPEN per KiB of an author's part of a cut. */
  readonly bytePrice: Amount
  /** Share of the operator pool that is destroyed. */
  readonly burn: Ppm
  /** Version of these rules that is in force. */
  readonly protocol: number
}

export const defaultParams: Params = {
  epochMs: 10_000,
  inferenceShares: [100_000, 400_000, 200_000, 300_000],
  actionShares: [50_000, 650_000, 200_000, 100_000],
  originFloor: 300_000,
  ownerShareMax: 200_000,
  attributionWindow: 60_480,
  maxValidators: 100,
  minStake: 1_000_000_000,
  unbonding: 181_440,
  slashDouble: 50_000,
  maxEpochBytes: 32 * 1024 * 1024,
  maxFlowAssets: 250_000,
  bytePrice: 10,
  burn: 0,
  protocol: 1,
}

/** A testnet's: short epochs, free bytes. */
export const testnetParams: Params = { ...defaultParams, epochMs: 2_000, bytePrice: 0 }

type NumberParam = { [K in keyof Params]: Params[K] extends number ? K : never }[keyof Params]

/** Hard bounds: governance moves within them, a genesis outside of them is refused. */
export const paramBounds: Readonly<Record<NumberParam, readonly [min: number, max: number]>> = {
  epochMs: [100, 600_000],
  originFloor: [100_000, ppmWhole],
  ownerShareMax: [0, 200_000],
  attributionWindow: [1, 6_307_200],
  maxValidators: [1, 150],
  minStake: [1, supplyMax],
  unbonding: [1, 6_307_200],
  slashDouble: [0, ppmWhole],
  // A quarter of a cut, the most one author may have, must hold the largest batch.
  maxEpochBytes: [4 * 1024 * 1024, 256 * 1024 * 1024],
  maxFlowAssets: [1, 250_000],
  bytePrice: [0, 1_000_000],
  burn: [0, 500_000],
  protocol: [1, 0xffff_ffff],
}

/** The version of these rules that this program knows; a node stops before the first epoch under a later one. */
export const protocolKnown = 1

const dataShareMin = 50_000
const shareLists = ['inferenceShares', 'actionShares'] as const

/** What the value of a parameter looks like. */
export const paramForms = {
  ...Object.fromEntries(Object.keys(paramBounds).map(name => [name, 'integer'])),
  ...Object.fromEntries(shareLists.map(name => [name, 'shares'])),
} as Readonly<Record<keyof Params, 'integer' | 'shares'>>

export function isParam(name: string): name is keyof Params {
  return Object.hasOwn(paramForms, name)
}

/** Throws MalformedError naming the parameter that breaks its bound or sum. */
export function checkParams(value: unknown, field = 'params'): Params {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MalformedError(field, 'a map', value)
  const map = value as ValueMap
  for (const name of Object.keys(paramBounds) as NumberParam[]) {
    const [min, max] = paramBounds[name]
    const got = map[name]
    if (!Number.isInteger(got) || (got as number) < min || (got as number) > max) {
      throw new MalformedError(`${field}.${name}`, `an integer from ${min} to ${max}`, got)
    }
  }
  for (const name of shareLists) checkShares(map[name], `${field}.${name}`)
  for (const name of Object.keys(map)) {
    if (!isParam(name)) throw new MalformedError(`${field}.${name}`, 'no such parameter', map[name])
  }
  return map as unknown as Params
}

function checkShares(value: unknown, field: string): void {
  if (!Array.isArray(value) || value.length !== 4) throw new MalformedError(field, 'a list of 4 shares', value)
  let sum = 0
  for (const share of value as unknown[]) {
    if (!Number.isInteger(share) || (share as number) < 0) throw new MalformedError(field, 'shares in ppm', share)
    sum += share as number
  }
  if (sum !== ppmWhole) throw new MalformedError(field, `shares that sum to ${ppmWhole} ppm`, sum)
  if ((value[3] as number) < dataShareMin)
    throw new MalformedError(`${field}[3]`, `at least ${dataShareMin} ppm`, value[3])
}

const yearMs = 365 * 24 * 3600 * 1000

/** E4: how many epochs ahead a session may expire. */
export function sessionEpochsMax(params: Params): number {
  return Math.floor(yearMs / params.epochMs)
}
