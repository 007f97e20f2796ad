/** The batch of a record and its place in it, from `<cid>/<index>`. */
export function refParts(ref: string): { cid: string; index: number } {
  const [cid = '', index] = ref.split('/')
  return { cid, index: Number(index) }
}
