import { walkBoundsDefault } from '../../consensus/light/proof/limits.ts'
import { ProofReader, type ProofSource } from '../../consensus/light/proof/reader.ts'

export type Reading<T> = (reader: ProofReader) => Promise<T>

/** What a source answers to everything that a reading asks, in order. */
export async function answersTo(source: ProofSource, read: Reading<unknown>): Promise<Uint8Array[]> {
  const heard: Uint8Array[] = []
  const hearing: ProofSource = {
    async ask(request) {
      const answer = await source.ask(request)
      heard.push(answer)
      return answer
    },
  }
  await read(new ProofReader(hearing, walkBoundsDefault))
  return heard
}

/** Reads again with what was heard: nothing is left but the checking. */
export function readAgain<T>(heard: readonly Uint8Array[], read: Reading<T>): Promise<T> {
  let next = 0
  return read(new ProofReader({ ask: async () => heard[next++]! }, walkBoundsDefault))
}

export function totalBytes(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0)
}
