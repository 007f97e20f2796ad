import { defaultParams, type Params } from '../../consensus/params.ts'

/** A day of epochs, and on a testnet, whose epochs are shorter, ten minutes of them. */
const everyDefault = 8_640
const everyTestnet = 300

/**
 * After how many epochs a node keeps the next snapshot. By the genesis' parameters, which no vote changes: all nodes of a ledger
 * keep snapshots of the same epochs, so that one who joins gets chunks of one state from several.
 */
export function snapshotEvery({ epochMs }: Pick<Params, 'epochMs'>): number {
  return epochMs < defaultParams.epochMs ? everyTestnet : everyDefault
}
