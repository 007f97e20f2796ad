import type { Command } from 'commander'
import { parseAccountKey } from '../../../consensus/account.ts'
import { MalformedError } from '../../../consensus/errors.ts'
import type { EpochRange } from '../../api/node-view.ts'
import { keepSmall } from '../../light/memory.ts'
import { parseEpochRange } from '../arguments.ts'
import { addCommand, answers, parsedOption } from '../command.ts'
import { depthOptions, lightClientOptions } from '../light-options.ts'
import type { LightCommandOptions } from '../light-run.ts'
import type { Output } from '../output.ts'

/** The genesis pays nobody. */
function finalEpochs(text: string): EpochRange {
  const range = parseEpochRange(text)
  if (range.from === 0 || range.to === 0) throw new MalformedError('epoch', 'an integer from 1, or A..B', text)
  return range
}

export function lightCommand(program: Command, output: Output): void {
  const command = addCommand(program, {
    name: 'light',
    does: "verify an account's credit without believing any peer: from a trusted checkpoint, at the cost of kilobytes",
    examples: [
      'openledger light --account did:key:z6Mk… --trust bafy… --peer /dns4/node.example.org/tcp/8649/p2p/12D3Koo…',
      'openledger light --account did:key:z6Mk… --data ./light --peer ADDR ADDR ADDR --accept',
      'openledger light --account did:key:z6Mk… --data ./light --peer ADDR --deep --epoch 100..200',
    ],
  })
    .addOption(
      parsedOption('--account <id>', 'account to verify, did:key:…', text =>
        parseAccountKey(text, 'account'),
      ).makeOptionMandatory(),
    )
    .requiredOption('--peer <addr...>', 'multiaddrs of full nodes; those beyond the first are witnesses')
    .addOption(
      parsedOption('--epoch <range>', 'also the payouts of those epochs, A..B or one, line by line', finalEpochs),
    )
    .option('--statement <file>', 'also write the payouts to a file: .csv for a table, .json')
    .option('--follow', 'go on, and print a line for each epoch in which the account earns')
    .option('--data <dir>', 'folder that keeps what was verified, so that the next run goes on from there')
  lightClientOptions(command)
  depthOptions(
    command,
    'prove every payout all the way down to the signed records; of all epochs, if --epoch is absent',
  )
  answers<LightCommandOptions>(command, output, async (_, options) => {
    keepSmall()
    const { runLight } = await import('../light-run.ts')
    return await runLight(options, output)
  })
}
