/** Who was in office, and which parameters are in force, as a store says, against the independent oracle. */
import * as assert from 'uvu/assert'
import { accountKeyText } from '../../consensus/account.ts'
import { decodeValidatorSet, type Validator, type ValidatorSet } from '../../consensus/agreement/validator-set.ts'
import { toHex } from '../../consensus/bytes.ts'
import { decodeCheckpoint } from '../../consensus/checkpoint.ts'
import { decodeCell } from '../../consensus/ledger/cells/cell.ts'
import { paramsCodec, paramsKey } from '../../consensus/ledger/cells/global.ts'
import { Store } from '../../src/store/store.ts'
import type { Judgement } from '../oracle/ledger-oracle.ts'

/** Every epoch's set, seat by seat, and at the end each parameter that the oracle knows. */
export async function checkOffice({ sets, params }: Judgement, data: string, epochs: number): Promise<void> {
  const store = await Store.open(data, { create: false, multithreading: false })
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const seats = setOf(store, epoch).map(voterText)
      assert.equal(seats, sets.get(epoch)!.map(seatText), `the set of epoch ${epoch}`)
    }
    const inForce = decodeCell(paramsCodec, store.state.get(paramsKey)!) as unknown as Record<string, unknown>
    for (const [name, value] of Object.entries(params)) {
      // Not a parameter but what follows from one.
      if (name !== 'sessionEpochsMax') assert.equal(inForce[name], value, name)
    }
  } finally {
    await store.close()
  }
}

/** Who votes on a final epoch. */
export async function inOffice(data: string, epoch: number): Promise<ValidatorSet> {
  const store = await Store.open(data, { create: false, multithreading: false })
  try {
    return setOf(store, epoch)
  } finally {
    await store.close()
  }
}

function setOf(store: Store, epoch: number): ValidatorSet {
  const { validators } = decodeCheckpoint(store.epochs.get(epoch)!.checkpoint)
  return decodeValidatorSet(store.blocks.get(validators)!)
}

const voterText = ({ account, key, stake }: Validator): string =>
  seatText({ account: accountKeyText(account), key: toHex(key), stake: BigInt(stake) })

const seatText = (seat: { account: string; key: string; stake: bigint }): string =>
  `${seat.account} with ${seat.key}: ${seat.stake}`
