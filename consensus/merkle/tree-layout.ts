import { fromU128, readU64, utf8, writeU32, writeU64 } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import { InvariantError, MalformedError } from '../errors.ts'

/** What a tree adds up over its leaves: nothing, safe integers in 8 bytes, or 16 bytes. */
export type SumWidth = 'none' | 'u64' | 'u128'

/**
 * How one tree spells what it hashes. A label is a subtree's hash ‖ its sum: all that its parent needs of it.
 *
 *     leaf  H(0x00 ‖ domain ‖ sum ‖ bytes)
 *     node  H(0x01 ‖ domain ‖ left label ‖ right label)
 *     root  H(0x02 ‖ domain ‖ count u64 ‖ sum ‖ top hash)
 */
export interface TreeLayout {
  readonly name: string
  readonly width: SumWidth
  /** One length byte ‖ the tree's name in ASCII: no part of one tree passes for a part of another. */
  readonly domain: Uint8Array
  /** 0, 8 or 16 bytes. */
  readonly sumLength: number
  /** 32 bytes and the sum's. */
  readonly labelLength: number
  /** Where the left label starts in a node's message; the sum in a leaf's. */
  readonly bodyOffset: number
}

export const hashLength = 32
/** Positions stay within the operators on 32-bit integers. */
export const leafCountMax = 0xffff_ffff
/** Levels between a leaf and the top of the largest tree. */
export const levelsMax = 32

const leafPrefix = 0x00
const nodePrefix = 0x01
const rootPrefix = 0x02
const sumLengths = { none: 0, u64: 8, u128: 16 } as const
/** The greatest sum of each width. */
export const sumMaxima = { none: 0n, u64: BigInt(Number.MAX_SAFE_INTEGER), u128: (1n << 128n) - 1n } as const

export function treeLayout(name: string, width: SumWidth): TreeLayout {
  if (!/^[\x21-\x7e]{1,255}$/.test(name))
    throw new MalformedError('tree name', '1 to 255 visible ASCII characters', name)
  const domain = Uint8Array.of(name.length, ...utf8(name))
  const sumLength = sumLengths[width]
  return { name, width, domain, sumLength, labelLength: hashLength + sumLength, bodyOffset: 1 + domain.length }
}

/** A leaf's message of `bodyLength` bytes behind its domain, to be filled with sum and bytes. */
export function newLeafMessage(layout: TreeLayout, bodyLength: number): Uint8Array {
  return newMessage(layout, leafPrefix, bodyLength)
}

/** A node's message, to be filled with two labels. */
export function newNodeMessage(layout: TreeLayout): Uint8Array {
  return newMessage(layout, nodePrefix, 2 * layout.labelLength)
}

function newMessage({ domain, bodyOffset }: TreeLayout, prefix: number, bodyLength: number): Uint8Array {
  const message = new Uint8Array(bodyOffset + bodyLength)
  message[0] = prefix
  message.set(domain, 1)
  return message
}

/**
 * Writes the label over a filled node's message to `target[at, at + labelLength)`; false if the sum outgrows its width.
 * `target` is another array than `message`.
 */
export function writeNodeLabel(
  crypto: Crypto,
  layout: TreeLayout,
  message: Uint8Array,
  target: Uint8Array,
  at: number,
): boolean {
  crypto.sha256Into(message, target, at)
  if (layout.sumLength === 0) return true
  const left = layout.bodyOffset + hashLength
  return addSums(layout.sumLength, message, left, left + layout.labelLength, target, at + hashLength)
}

/** Adds two big-endian sums byte by byte: for 16 bytes a tenth of what BigInts cost, and no garbage. */
function addSums(
  length: number,
  source: Uint8Array,
  left: number,
  right: number,
  target: Uint8Array,
  at: number,
): boolean {
  let carry = 0
  for (let i = length - 1; i >= 0; i--) {
    const digit = source[left + i]! + source[right + i]! + carry
    target[at + i] = digit
    carry = digit >> 8
  }
  if (carry !== 0) return false
  // A safe integer has 53 bits.
  return length === sumLengths.u128 || (target[at] === 0 && target[at + 1]! < 0x20)
}

/** A builder's leaves that sum to more than the tree's definition foresees: the books are wrong. */
export function outgrown({ name, width }: TreeLayout): InvariantError {
  return new InvariantError('E3', `the sum of tree ${name} outgrows ${width}`, { name, width })
}

/** The root over the top label; of an empty tree the top label is zeros. 32 bytes. */
export function rootHash(crypto: Crypto, layout: TreeLayout, count: number, topLabel: Uint8Array): Uint8Array {
  const message = newMessage(layout, rootPrefix, 8 + layout.labelLength)
  const { bodyOffset, sumLength } = layout
  writeU64(message, bodyOffset, count)
  message.set(topLabel.subarray(hashLength), bodyOffset + 8)
  message.set(topLabel.subarray(0, hashLength), bodyOffset + 8 + sumLength)
  return crypto.sha256(message)
}

/** Writes a leaf's value; throws MalformedError if the width can't hold it. */
export function writeSum(layout: TreeLayout, target: Uint8Array, at: number, value: number | bigint): void {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || value < 0) throw wrongValue(layout, value)
    if (layout.width === 'u128') target.fill(0, at, at + 8)
    if (layout.sumLength > 0) writeU64(target, at + layout.sumLength - 8, value)
  } else {
    if (layout.width !== 'u128' || value < 0n || value > sumMaxima.u128) throw wrongValue(layout, value)
    writeU128(target, at, value)
  }
}

function wrongValue({ name, width }: TreeLayout, value: number | bigint): MalformedError {
  return new MalformedError(`value in tree ${name}`, `an integer of ${width}`, value)
}

const safeMax = BigInt(Number.MAX_SAFE_INTEGER)

function writeU128(target: Uint8Array, at: number, value: bigint): void {
  if (value <= safeMax) {
    target.fill(0, at, at + 8)
    writeU64(target, at + 8, Number(value))
    return
  }
  writeU32(target, at, Number(value >> 96n))
  writeU32(target, at + 4, Number((value >> 64n) & 0xffff_ffffn))
  writeU32(target, at + 8, Number((value >> 32n) & 0xffff_ffffn))
  writeU32(target, at + 12, Number(value & 0xffff_ffffn))
}

/** The sum in a label that was built or verified: a bigint for u128, else a safe integer. */
export function labelSum(layout: TreeLayout, label: Uint8Array): number | bigint {
  if (layout.width === 'u128') return fromU128(label.subarray(hashLength))
  return layout.width === 'u64' ? readU64(label, hashLength) : 0
}
