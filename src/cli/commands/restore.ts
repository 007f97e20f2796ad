import { resolve } from 'node:path'
import type { Command } from 'commander'
import { addCommand, answers } from '../command.ts'
import { type Answer, type Output, UsageError } from '../output.ts'

const tellEveryMs = 1_000

interface RestoreFlags {
  readonly data?: string
  readonly voteAtOnce?: boolean
}

export function restoreCommand(program: Command, output: Output): void {
  const command = addCommand(program, {
    name: 'restore <file>',
    does: 'make a new data folder out of a backup; a validator in it votes two epochs after it has caught up',
    examples: ['openledger restore monday.backup --data ./node'],
  })
    .option('--data <dir>', 'data folder to make')
    .option(
      '--vote-at-once',
      'let a validator in it vote without the wait: only where its former node is gone for good, or its stake may be slashed',
    )
  answers<RestoreFlags>(command, output, async ([file], flags) => await restore(file!, flags, output))
}

async function restore(file: string, { data, voteAtOnce }: RestoreFlags, output: Output): Promise<Answer> {
  if (data === undefined) throw new UsageError('where to? give --data DIR')
  const { restoreBackup } = await import('../../backup/restore.ts')
  let toldMs = Date.now()
  const folder = resolve(data)
  const restored = await restoreBackup(resolve(file), folder, {
    voteAtOnce: voteAtOnce === true,
    onProgress: entries => {
      if (Date.now() - toldMs < tellEveryMs) return
      toldMs = Date.now()
      output.note(`restored: ${entries} values`)
    },
  })
  const { chain, epoch, checkpoint, entries, keys } = restored
  const lines = [
    `${folder}: epoch ${epoch}, ${checkpoint}`,
    keys.length > 0
      ? `keys: ${keys.join(', ')}`
      : 'no keys were in it: put them in their place, or the node makes a new peer key',
    'A backup proves nothing by itself: openledger verify --data DIR checks all of it.',
    'Make sure that no other node runs with the same vote key.',
  ]
  return {
    data: { data: folder, chain: `${chain}`, epoch, checkpoint: `${checkpoint}`, entries, keys },
    text: lines.join('\n'),
  }
}
