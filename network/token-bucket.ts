/**
 * A rate limit with debt: whoever goes on asking while refused runs into debt, and who has a whole burst of debt floods on
 * purpose. An asker that backs off when refused never gets there.
 */
export class TokenBucket {
  readonly #perSecond: number
  readonly #burst: number
  #tokens: number
  #atMs: number

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#tokens = burst
    this.#atMs = nowMs
  }

  take(nowMs: number): 'fine' | 'busy' | 'flood' {
    this.#refill(nowMs)
    if (this.#tokens <= -this.#burst) return 'flood'
    this.#tokens -= 1
    return this.#tokens >= 0 ? 'fine' : 'busy'
  }

  /** Whether it was left alone long enough to be forgotten. */
  isFull(nowMs: number): boolean {
    this.#refill(nowMs)
    return this.#tokens >= this.#burst
  }

  #refill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#atMs)
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsedMs * this.#perSecond) / 1000)
    this.#atMs = nowMs
  }
}
