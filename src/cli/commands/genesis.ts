import { readFile, writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { accountKeyText } from '../../../consensus/account.ts'
import { toHex } from '../../../consensus/bytes.ts'
import { Cid } from '../../../consensus/cid.ts'
import { LedgerError } from '../../../consensus/errors.ts'
import { decodeGenesis, encodeGenesis, type Genesis, genesisSupply } from '../../../consensus/genesis.ts'
import { nativeCrypto } from '../../crypto/native.ts'
import { openText } from '../../decimal.ts'
import { addCommand, answers } from '../command.ts'
import { parseGenesisSpec } from '../genesis-spec.ts'
import type { Answer, Output } from '../output.ts'

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
  const show = addCommand(genesis, {
    name: 'show <file>',
    does: 'what a genesis says, and the CID that names its chain',
    examples: ['openledger genesis show genesis.cbor'],
  })
  answers(show, output, async ([file]) => {
    const block = new Uint8Array(await readFile(file!).catch(unreadable))
    return genesisAnswer(decodeGenesis(block), block)
  })
}

function genesisAnswer(genesis: Genesis, block: Uint8Array): Answer {
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
