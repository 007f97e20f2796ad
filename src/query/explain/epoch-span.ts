/** The epochs that an explanation is about, both ends included. Reading them may take long: the signal ends it, and is thrown. */
export interface EpochSpan {
  readonly from: number
  readonly to: number
  readonly signal?: AbortSignal
}
