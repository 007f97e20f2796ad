import { resolve } from 'node:path'
import type { Command } from 'commander'
import { readKeyFiles, withKeys } from '../../backup/key-files.ts'
import { byteText } from '../../byte-text.ts'
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
  const files = keys ? await readKeyFiles(data) : []
  const { epoch, bytes } = await withView({ data }, async view => {
    const { epoch } = await view.status()
    const pieces = files.length > 0 ? withKeys(view.backup(), files) : view.backup()
    return { epoch, bytes: await writePieces(path, pieces, 0o600) }
  })
  const names = files.map(each => each.path)
  const lines = [
    `${path}: epoch ${epoch} or a later one, ${byteText(bytes)}`,
    keys ? keysLine(data, names) : 'the keys are not in it',
  ]
  return { data: { file: path, bytes, epoch, keys: names }, text: lines.join('\n') }
}

function keysLine(data: string, names: readonly string[]): string {
  return names.length > 0 ? `keys: ${names.join(', ')}` : `no keys are in it: none lie in ${data}`
}
