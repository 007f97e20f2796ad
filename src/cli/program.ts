import { Command } from 'commander'
import { programVersion } from '../version.ts'
import { backupCommand } from './commands/backup.ts'
import { configCommand } from './commands/config.ts'
import { doctorCommand } from './commands/doctor.ts'
import { explainCommand } from './commands/explain.ts'
import { exportCommand } from './commands/export.ts'
import { genesisCommand } from './commands/genesis.ts'
import { keysCommand } from './commands/keys.ts'
import { lightCommand } from './commands/light.ts'
import { payoutsCommand } from './commands/payouts.ts'
import { playCommand } from './commands/play.ts'
import { proofCommand } from './commands/proof.ts'
import { restoreCommand } from './commands/restore.ts'
import { startCommand } from './commands/start.ts'
import { statusCommand } from './commands/status.ts'
import { submitCommand } from './commands/submit.ts'
import { testnetCommand } from './commands/testnet.ts'
import { verifyCommand } from './commands/verify.ts'
import type { Output } from './output.ts'

/** The whole command line. Every command answers through `output`. */
export function buildProgram(output: Output): Command {
  const program = new Command('openledger')
    .description('A ledger of who contributed, refined, built, executed and earned.')
    .version(programVersion)
    .showSuggestionAfterError(true)
    .addHelpText(
      'after',
      '\nExample:\n  openledger testnet --exit\n\nopenledger <command> --help shows what a command takes.',
    )
  testnetCommand(program, output)
  playCommand(program, output)
  startCommand(program, output)
  statusCommand(program, output)
  payoutsCommand(program, output)
  explainCommand(program, output)
  lightCommand(program, output)
  submitCommand(program, output)
  exportCommand(program, output)
  proofCommand(program, output)
  verifyCommand(program, output)
  backupCommand(program, output)
  restoreCommand(program, output)
  genesisCommand(program, output)
  keysCommand(program, output)
  configCommand(program, output)
  doctorCommand(program, output)
  return program
}
