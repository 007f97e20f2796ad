import { resolve } from 'node:path'
import type { Command } from 'commander'
import { withKeys } from '../../backup/key-files.ts'
import { writePieces } from '../../store/pieces-file.ts'
import { addCommand, answers } from '../command.ts'
import { type Answer, type Output, UsageError } from '../output.ts'
import { withView } from '../view.ts'

interface BackupOptions {
  readonly data?: string
  readonly keys?: boolean
}

export function backupCommand(program: Command, output: Output): void {
  const command = addCommand(program, {
    name: 'backup <file>',
    does: 'write all that a node keeps to one file, as of one moment, while it runs or not; its signing state is left out',
    examples: ['openledger backup monday.backup --data ./node', 'openledger backup monday.backup --data ./node --keys'],
  })
    .option('--data <dir>', 'data folder of the node, running or not')
    .option('--keys', 'with the key files in the data folder, encrypted as they are')
  answers<BackupOptions>(command, output, async ([file], options) => await backup(file!, options))
}

async function backup(file: string, { data, keys = false }: BackupOptions): Promise<Answer> {
  if (data === undefined) throw new UsageError('of which node? give --data DIR')
  const path = resolve(file)
  const { epoch, bytes } = await withView({ data }, async view => {
    const { epoch } = await view.status()
    const pieces = keys ? withKeys(view.backup(), data) : view.backup()
    return { epoch, bytes: await writePieces(path, pieces, 0o600) }
  })
  const held = keys ? 'the ledger and the keys' : 'the ledger; the keys are not in it'
  return {
    data: { file: path, bytes, epoch, keys },
    text: `${path}: ${held}, epoch ${epoch} or a later one, ${(bytes / 2 ** 20).toFixed(1)} MiB`,
  }
}
