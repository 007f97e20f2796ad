import { NodeClient } from '../api/client.ts'
import type { HostPort } from '../config/node-config.ts'
import { doubtful, type Finding, fine } from './finding.ts'
import { placeText } from './ports.ts'

const answerMs = 3_000

/** Whether a running node's API answers over TCP, as the settings say that it should. */
export async function apiFinding(api: HostPort | null, chain: string): Promise<Finding> {
  if (api === null) return fine('api', 'only the socket in the data folder')
  if (api.port === 0) return fine('api', 'on any port that was free: see the log of the node')
  const place = placeText(asSeenFromHere(api))
  const client = new NodeClient({ url: `http://${place}` }, { timeoutMs: answerMs })
  try {
    const { chain: answered } = await client.status()
    if (answered === chain) return fine('api', `answers at http://${place}`)
    return doubtful(
      'api',
      `a node of another ledger answers at http://${place}`,
      'check which node runs with which --api',
    )
  } catch (error) {
    const next = 'the node was started with another --api, or something keeps this program from reaching it'
    return doubtful('api', `nothing answers at http://${place}: ${(error as Error).message}`, next)
  } finally {
    await client.close()
  }
}

/** Who listens on every address is found on the loopback. */
function asSeenFromHere({ host, port }: HostPort): HostPort {
  return { host: host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host, port }
}
