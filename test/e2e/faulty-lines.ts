/** What is played while things go wrong. */

/** One line of a scenario. */
export type Line = Readonly<Record<string, unknown>>

const pulsers = 5
const wait = { actor: 'pulse0', do: 'wait' }

/** Something to agree on for at least so many epochs: each barrier takes one. */
export function pulses(count: number, name = 'pulse'): Line[] {
  const beats = Array.from({ length: count }, (_, i) => [
    { actor: `${name}${i % pulsers}`, do: 'transfer', to: '@@pulse0', amount: '0.01' },
    wait,
  ])
  return [...pulseFunds(name), ...beats.flat()]
}

export function pulseFunds(name = 'pulse'): Line[] {
  return Array.from({ length: pulsers }, (_, i) => ({ actor: `${name}${i}`, do: 'fund', amount: '10' }))
}

/**
 * Stake on the move, and parameters to be voted on: `vera`, who has a node and isn't elected at the genesis, registers; `dele`
 * delegates; `node0` proposes a change within the bounds, `node1` one that breaks them. In two halves, for other lines between.
 */
export const stakeMoves: { readonly first: readonly Line[]; readonly last: readonly Line[] } = {
  first: [
    { actor: 'vera', do: 'fund', amount: '4000' },
    { actor: 'dele', do: 'fund', amount: '5000' },
    { actor: 'vera', do: 'validator', commission: 0.2 },
    { actor: 'vera', do: 'stake', validator: '@@vera', amount: '3000' },
    { actor: 'dele', do: 'stake', validator: '@@node1', amount: '1500.5' },
    { actor: 'dele', do: 'stake', validator: '@@vera', amount: '1000' },
    { actor: 'node0', do: 'proposal', as: 'milder', changes: { slashDouble: 40_000 }, reason: 'within the bounds' },
    { actor: 'node1', do: 'proposal', as: 'wild', changes: { originFloor: 1 }, reason: 'breaks a bound' },
    wait,
    { actor: 'node0', do: 'ballot', proposal: '@milder', vote: 'yes' },
    { actor: 'node1', do: 'ballot', proposal: '@milder', vote: 'yes' },
    { actor: 'node2', do: 'ballot', proposal: '@milder', vote: 'yes' },
    { actor: 'node3', do: 'ballot', proposal: '@milder', vote: 'no' },
    { actor: 'node0', do: 'ballot', proposal: '@wild', vote: 'yes' },
    { actor: 'node1', do: 'ballot', proposal: '@wild', vote: 'yes' },
    { actor: 'node2', do: 'ballot', proposal: '@wild', vote: 'yes' },
  ],
  last: [
    wait,
    { actor: 'dele', do: 'unstake', validator: '@@node1', amount: '700' },
    { actor: 'node2', do: 'unstake', validator: '@@node2', amount: '2500' },
    { actor: 'node3', do: 'ballot', proposal: '@milder', vote: 'yes' },
    { actor: 'vera', do: 'validator', commission: 0.1 },
    { actor: 'dele', do: 'stake', validator: '@@vera', amount: '500' },
  ],
}
