import { Agent, type RequestOptions, request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { hostileQuestion, invalidQuestion, type Known, type Question, validQuestion } from './questions.ts'
import type { Tally } from './tally.ts'

export interface Target {
  readonly host: string
  readonly port: number
  readonly token: string
}

export interface Crew {
  readonly target: Target
  readonly known: Known
  readonly tally: Tally
  readonly signal: AbortSignal
}

/** Of all clients: who shows the token and isn't held back, who asks what is wrong, who means harm with HTTP and without. */
const trustedShare = 0.1
const invalidShare = 0.2
const hostileShare = 0.15
const rawShare = 0.1
/** Between the questions of who behaves. */
const thinkMs = 50

/** Asks until the signal, with as many clients at once, each from an address of its own. */
export async function runClients(crew: Crew, count: number): Promise<void> {
  const clients = Array.from({ length: count }, (_, i) => {
    const share = i / count
    const address = addressOf(i)
    if (share < trustedShare) return asks(crew, address, validQuestion, { trusted: true, patient: false })
    if (share < trustedShare + invalidShare)
      return asks(crew, address, invalidQuestion, { trusted: false, patient: false })
    if (share < trustedShare + invalidShare + hostileShare)
      return asks(crew, address, hostileQuestion, { trusted: false, patient: false })
    if (share < trustedShare + invalidShare + hostileShare + rawShare) return throwsBytes(crew, address)
    return asks(crew, address, validQuestion, { trusted: false, patient: true })
  })
  await Promise.all(clients)
}

/** Linux takes all of 127.0.0.0/8 for its own; elsewhere all come from one address, and are held back together. */
function addressOf(client: number): string | undefined {
  return process.platform === 'linux' ? `127.0.${1 + (client >> 7)}.${1 + (client & 127)}` : undefined
}

interface Manners {
  readonly trusted: boolean
  /** Waits between questions, and as long as it is told. */
  readonly patient: boolean
}

async function asks(
  { target, known, tally, signal }: Crew,
  localAddress: string | undefined,
  next: (known: Known) => Question,
  { trusted, patient }: Manners,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const authorization = trusted ? { authorization: `Bearer ${target.token}` } : {}
  while (!signal.aborted) {
    const beganMs = performance.now()
    try {
      const { method, path, headers, body } = next(known)
      const { status, waitS } = await ask({
        ...target,
        agent,
        localAddress,
        method,
        path,
        signal,
        body,
        headers: { ...authorization, ...headers },
      })
      tally.add(status, performance.now() - beganMs)
      if (patient) await sleep(Math.max(thinkMs, waitS * 1000), undefined, { signal })
    } catch (error) {
      if (!signal.aborted) tally.add((error as NodeJS.ErrnoException).code ?? 'error')
    }
  }
  agent.destroy()
}

type Sent = RequestOptions & { readonly body: string | Uint8Array | undefined }

function ask({ body, ...options }: Sent): Promise<{ status: number; waitS: number }> {
  return new Promise((resolve, reject) => {
    const sent = request(options, answer => {
      const waitS = Number(answer.headers['retry-after'] ?? 0)
      answer
        .on('error', reject)
        .on('end', () => resolve({ status: answer.statusCode!, waitS }))
        .resume()
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const openings: readonly string[] = [
  '\x00\x01\x02\r\n\r\n',
  'GET / HTTP/1.1\r\n',
  'POST /v1/proof HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor\r\ncontent-length: 1000\r\n\r\nx',
  'GET /v1/events?types=records,payouts,checkpoints&from=1 HTTP/1.1\r\nhost: x\r\n\r\n',
  'GET /v1/export/records HTTP/1.1\r\nhost: x\r\n\r\n',
  'GET /v1/epochs/99999?wait=60000 HTTP/1.1\r\nhost: x\r\n\r\n',
]
const heldMsMax = 3_000

/** Speaks half of HTTP, or none, reads nothing, and leaves when it likes. */
async function throwsBytes({ target, tally, signal }: Crew, localAddress: string | undefined): Promise<void> {
  while (!signal.aborted) {
    const socket = connect({
      host: target.host,
      port: target.port,
      ...(localAddress !== undefined && { localAddress }),
    })
    socket.on('error', () => {})
    socket.pause()
    socket.write(openings[Math.floor(Math.random() * openings.length)]!)
    await sleep(Math.random() * heldMsMax, undefined, { signal }).catch(() => {})
    socket.destroy()
    tally.add('left')
  }
}
