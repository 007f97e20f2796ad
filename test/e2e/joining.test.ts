// runs alone: nodes that start, each with a time to be up in
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from '../harness.ts'
import { tempFolder } from '../src/temp-folder.ts'
import { freePorts, until } from './hand-run-net.ts'
import { answer, Program, refusal, repository, start } from './program.ts'

const test = suite('e2e/joining')
const deadline = { deadlineMs: 90_000 }
const folder = tempFolder()
/** It vouches for a genesis that nobody is there to show: so it asks for as long as it runs. */
const vouched = 'bafyreihjw7koeprn3j5oh6thji3a64n7u35yorjfnxhwle67jwrcolst54'
const peerId = '12D3KooWGDJTKyV1JwsBh1enU8rq883UaDtGx9XyrhhtFHwBdP9w'

function args(name: string, [api, nobody]: readonly number[]): string[] {
  const bootstrap = `/ip4/127.0.0.1/tcp/${nobody}/p2p/${peerId}`
  const where = ['--data', join(folder, name), '--api', `127.0.0.1:${api}`, '--listen', '/ip4/127.0.0.1/tcp/0']
  return ['start', ...where, '--trust', vouched, '--bootstrap', bootstrap]
}

async function joining(name: string, ports: readonly number[]): Promise<{ node: Program; url: string }> {
  const node = start(args(name, ports))
  const url = `http://127.0.0.1:${ports[0]}`
  await until('it says that it joins', 30_000, async () => {
    if (!node.isRunning) throw new Error(node.stderr)
    const ready = await fetch(`${url}/health/ready`).catch(() => undefined)
    return (await ready?.text())?.includes('"joining: no peer') ? true : undefined
  })
  return { node, url }
}

test(
  'a node that waits for peers says so over TCP and its socket, is healthy to Docker, and ends at once',
  async () => {
    const { node, url } = await joining('waiting', await freePorts(2))
    assert.is((await fetch(`${url}/health/live`)).status, 200)
    assert.match(await (await fetch(`${url}/metrics`)).text(), /^openledger_join_joining 1$/m)
    assert.is((await fetch(`${url}/v1/status`)).status, 503)
    const { state } = await answer<{ state: string }>(['status', '--data', join(folder, 'waiting')])
    assert.match(state, /^joining: no peer to join by so far, asking again: [^\n]+$/)
    const dockerfile = readFileSync(join(repository, 'Dockerfile'), 'utf8').replaceAll('\\\n', '')
    const health: string[] = JSON.parse(/^HEALTHCHECK .*CMD (\[.*\])$/m.exec(dockerfile)![1]!)
    const env = { OPENLEDGER_DATA: join(folder, 'waiting') }
    assert.is((await new Program(process.execPath, health.slice(1), { env }).end()).status, 0)
    node.child.kill('SIGTERM')
    assert.is((await node.end(10_000)).status, 0, node.stderr)
  },
  deadline,
)

test(
  'a port in use, and a folder in use, are told before anybody is asked to join, and harm nobody',
  async () => {
    const ports = await freePorts(3)
    const { node, url } = await joining('first', ports)
    const second = await refusal(args('second', ports))
    assert.equal([second.status, second.code], [1, 'api-listen'])
    const again = await refusal(args('first', [ports[2]!, ports[1]!]))
    assert.equal([again.status, again.code], [1, 'store-locked'])
    assert.is((await fetch(`${url}/health/live`)).status, 200)
    // Nobody took its socket away.
    await answer(['status', '--data', join(folder, 'first')])
    node.child.kill('SIGTERM')
    assert.is((await node.end(10_000)).status, 0, node.stderr)
  },
  deadline,
)

test(
  'SIGTERM ends the streams of a running node in order, and the node with status 0',
  async () => {
    const [api] = await freePorts(1)
    const url = `http://127.0.0.1:${api}`
    const where = ['--data', join(folder, 'running'), '--api', `127.0.0.1:${api}`, '--listen', '/ip4/127.0.0.1/tcp/0']
    const node = start(['start', ...where])
    await until('it is ready', 30_000, async () => {
      if (!node.isRunning) throw new Error(node.stderr)
      return (await fetch(`${url}/health/ready`).catch(() => undefined))?.ok === true ? true : undefined
    })
    const stream = await fetch(`${url}/v1/events`)
    node.child.kill('SIGTERM')
    // Cut off it would throw.
    assert.match(await stream.text(), /^retry: /)
    assert.is((await node.end(10_000)).status, 0, node.stderr)
  },
  deadline,
)
