/** The bytes are not in the form that LevelDB writes. */
export class FormError extends Error {}

/** Reads LevelDB's little-endian forms one after another; throws FormError at the end of the bytes. */
export class Cursor {
  readonly #bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.at = at
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length
  }

  byte(): number {
    const byte = this.#bytes[this.at++]
    if (byte === undefined) throw new FormError('more bytes expected')
    return byte
  }

  /** `length` bytes little-endian. */
  unsigned(length: 2 | 3 | 4): number {
    let value = 0
    for (let i = 0, unit = 1; i < length; i++, unit *= 256) value += this.byte() * unit
    return value
  }

  /** Seven bits to a byte, the lowest first. */
  varint(): number {
    let value = 0
    for (let unit = 1; unit <= 2 ** 49; unit *= 128) {
      const byte = this.byte()
      value += (byte & 127) * unit
      if (byte < 128) return value
    }
    throw new FormError('a shorter integer expected')
  }

  take(length: number): Uint8Array {
    const end = this.at + length
    if (length < 0 || end > this.#bytes.length) throw new FormError(`${length} more bytes expected`)
    const taken = this.#bytes.subarray(this.at, end)
    this.at = end
    return taken
  }
}
