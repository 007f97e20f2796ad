import { readFile, writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { accountKeyText } from '../../../consensus/account.ts'
import { toHex } from '../../../consensus/bytes.ts'
import { Cid } from '../../../consensus/cid.ts'
import { LedgerError } from '../../../consensus/errors.ts'
import { decodeGenesis, encodeGenesis, type Genesis, genesisSupply } from '../../../consensus/genesis.ts'
import { nativeCrypto } from '../../crypto/native.ts'
import { openText } from '../../decimal.ts'
import { parseDuration } from '../../duration.ts'
import { testnetNodesMax } from '../../testnet/blueprint.ts'
import { countIn } from '../arguments.ts'
import { addCommand, answers, parsedOption } from '../command.ts'
import { parseGenesisSpec } from '../genesis-spec.ts'
import type { Output } from '../output.ts'

export function genesisCommand(program: Command, output: Output): void {
  const genesis = program.command('genesis').description('make and show the beginning of a ledger')
  const make = addCommand(genesis, {
    name: 'new <spec>',
    does: 'make a genesis from a JSON file {name, accounts: {account: OPEN}, validators: [{account, key, stake, commission, name}], params?, time?}',
    examples: ['openledger genesis new spec.json --out genesis.cbor'],
  }).requiredOption('--out <file>', 'file for the genesis block; must not exist')
  answers<{ out: string }>(make, output, async ([spec], { out }) => {
    const made = parseGenesisSpec(await readFile(spec!, 'utf8').catch(unreadable), Date.now())
    const block = encodeGenesis(made)
    await writeFile(out, block, { flag: 'wx' }).catch(unwritable)
    return genesisAnswer(made, block)
  })
  testnetGenesis(genesis, output)
  const show = addCommand(genesis, {
    name: 'show <file>',
    does: 'what a genesis says, and the CID that names its chain',
    examples: ['openledger genesis show genesis.cbor'],
  })
  answers(show, output, async ([file]) => {
    return genesisAnswer(...(await readGenesis(file!)))
  })
}

interface TestnetGenesisOptions {
  readonly dir: string
  readonly nodes: number
  readonly epoch: number
  readonly seed: number
  readonly scenario?: readonly string[]
  readonly hosts?: readonly string[]
  readonly keep?: boolean
}

function testnetGenesis(genesis: Command, output: Output): void {
  const command = addCommand(genesis, {
    name: 'testnet',
    does: 'make a network of validators for machines or containers of their own: genesis, and a data folder with keys and config for each',
    examples: [
      'openledger genesis testnet --dir ./network --hosts 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4',
      'openledger start --config ./network/node0/config.json    # on the first of them',
    ],
  })
    .requiredOption('--dir <dir>', 'new folder for it')
    .addOption(parsedOption('--nodes <n>', 'how many validators', countIn('nodes', 1, testnetNodesMax)).default(4))
    .addOption(
      parsedOption('--epoch <time>', 'time from one checkpoint to the next', parseDuration).default(2000, '2s'),
    )
    .addOption(
      parsedOption(
        '--seed <n>',
        'from which all keys are drawn: they are no secret',
        countIn('seed', 0, Number.MAX_SAFE_INTEGER),
      ).default(1),
    )
    .option('--scenario <file...>', 'scenarios whose actors get their funds (default: the sample)')
    .option('--hosts <host...>', 'where each node is reached, a name or an address (default: node0 node1 …)')
    .option('--keep', 'leave the same network as it is where the folder has it already')
  answers<TestnetGenesisOptions>(
    command,
    output,
    async (_, { dir, nodes, epoch: epochMs, seed, scenario, hosts, keep }) => {
      const { furnishNetwork } = await import('../../testnet/furnished-network.ts')
      const given = { scenarios: scenario ?? [], hosts: hosts ?? [], keep: keep ?? false, time: Date.now() }
      const network = await furnishNetwork({ dir, nodes, epochMs, seed, ...given })
      const { data, text } = genesisAnswer(...(await readGenesis(network.genesis)))
      const lines = network.nodes.map(
        ({ name, config, addr }) => `${name}: ${addr}\n  openledger start --config ${config}`,
      )
      const heading = network.kept ? `${network.dir} has this network already` : `a network in ${network.dir}`
      return { data: { ...network, chain: data.chain }, text: [heading, text, ...lines].join('\n') }
    },
  )
}

async function readGenesis(file: string): Promise<[Genesis, Uint8Array]> {
  const block = new Uint8Array(await readFile(file).catch(unreadable))
  return [decodeGenesis(block), block]
}

function genesisAnswer(genesis: Genesis, block: Uint8Array) {
  const chain = Cid.of(nativeCrypto, block).toString()
  const data = {
    chain,
    name: genesis.name,
    time: genesis.time,
    supply: openText(genesisSupply(genesis)),
    params: genesis.params,
    accounts: Object.fromEntries(
      genesis.accounts.map(([account, balance]) => [accountKeyText(account), openText(balance)]),
    ),
    validators: genesis.validators.map(({ account, key, stake, commission, name }) => ({
      account: accountKeyText(account),
      key: toHex(key),
      stake: openText(stake),
      commission,
      name,
    })),
  }
  const text = `chain ${chain}\n${genesis.name}: ${data.supply} OPEN, ${genesis.accounts.length} accounts, ${genesis.validators.length} validators`
  return { data, text }
}

function unreadable(error: Error): never {
  throw new LedgerError('file', `can't read: ${error.message}`)
}

function unwritable(error: NodeJS.ErrnoException): never {
  const next = error.code === 'EEXIST' ? 'choose another name: a genesis is never overwritten' : undefined
  throw new LedgerError('file', `can't write: ${error.message}`, {}, next)
}
