/** Stands between a page and an honest node, and changes what the node says. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What becomes of an answer's body; `path` is that of the request, with its query. */
export type Lie = (path: string, body: Buffer) => Buffer

export interface LyingNode {
  readonly url: string
  close(): void
}

/** Headers that go on to the page; the others are the connection's own. */
const passed = ['content-type', 'content-security-policy']

export async function startLyingNode(honest: string, lie: Lie): Promise<LyingNode> {
  const server = createServer(async (request, answer) => {
    const path = request.url ?? '/'
    // A stream has no end to wait for; the page gets by without.
    if (path.startsWith('/v1/events')) {
      answer.writeHead(204).end()
      return
    }
    const told = await fetch(honest + path, {
      method: request.method ?? 'GET',
      headers: request.method === 'POST' ? { 'content-type': request.headers['content-type'] ?? '' } : {},
      ...(request.method === 'POST' && { body: await bodyOf(request) }),
    })
    const headers = passed.flatMap(name => (told.headers.has(name) ? [[name, told.headers.get(name)!] as const] : []))
    answer.writeHead(told.status, Object.fromEntries(headers))
    answer.end(lie(path, Buffer.from(await told.arrayBuffer())))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(Buffer.concat(await request.toArray()))
}
