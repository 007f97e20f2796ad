import type { SumTree } from '../merkle/sum-tree.ts'

/** Names of all trees a checkpoint commits to, so that no part of one passes for a part of another. */
export const batchTree = 'batch'
export const flowTree = 'flow'
export const payoutTree: SumTree<'u64'> = { name: 'payout', width: 'u64' }
export const lineTree: SumTree<'u64'> = { name: 'line', width: 'u64' }
export const inboundTree: SumTree<'u64'> = { name: 'inbound', width: 'u64' }
/** Weights of a list that `divide` splits. */
export const partTree: SumTree<'u128'> = { name: 'part', width: 'u128' }
export const payeeTree: SumTree<'u64'> = { name: 'payee', width: 'u64' }
/** Paid records of one payee; the value is the fee. */
export const payeeRecordsTree: SumTree<'u64'> = { name: 'payee-record', width: 'u64' }
/** Paid records that name one asset; the value is fee · weight. */
export const useRecordsTree: SumTree<'u128'> = { name: 'use-record', width: 'u128' }
