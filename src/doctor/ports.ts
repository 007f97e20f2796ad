import { connect, createServer } from 'node:net'
import type { HostPort, NodeConfig } from '../config/node-config.ts'
import { type Finding, fine, wrong } from './finding.ts'

const connectMs = 3_000

/** Whether a node that isn't running could listen where it is to. */
export async function portFindings({ listen, api }: NodeConfig): Promise<Finding[]> {
  const places = [
    ...listen.flatMap(addr => placeOf(addr) ?? []).map(place => ({ place, what: 'for peers', flag: '--listen' })),
    ...(api === null ? [] : [{ place: api, what: 'for the API', flag: '--api' }]),
  ]
  return await Promise.all(
    places.map(async ({ place, what, flag }) => {
      if (place.port === 0) return fine('ports', `any port of ${place.host} that is free, ${what}`)
      const found = `${placeText(place)} ${what}`
      const problem = await listenProblem(place)
      if (problem === undefined) return fine('ports', `${found} is free`)
      const isTaken = problem === 'EADDRINUSE'
      const next = isTaken
        ? `end the program that uses it, or choose another port with ${flag}`
        : `choose an address of this machine with ${flag}`
      return wrong('ports', `${found}: ${isTaken ? 'another program uses it' : problem}`, next)
    }),
  )
}

/** Host and port of a multiaddr that begins `/ip4|ip6|dns…/HOST/tcp/PORT`; undefined for another. */
export function placeOf(addr: string): HostPort | undefined {
  const match = /^\/(?:ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d+)(?:\/|$)/.exec(addr)
  return match === null ? undefined : { host: match[1]!, port: Number(match[2]) }
}

export function placeText({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Why nobody could be connected to there, as the system's code; undefined where somebody listens. */
export function connectProblem({ host, port }: HostPort): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = connect({ host, port, timeout: connectMs })
    const end = (problem: string | undefined) => {
      socket.destroy()
      resolve(problem)
    }
    socket.once('connect', () => end(undefined))
    socket.once('timeout', () => end(`no answer within ${connectMs / 1000} s`))
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
  })
}

function listenProblem({ host, port }: HostPort): Promise<string | undefined> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}
