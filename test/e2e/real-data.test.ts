// runs alone: four node processes under load; set OPENLEDGER_FULL=1 for the whole hour of inferences
import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import type { Summary } from '../../src/testnet/summary.ts'
import { suite } from '../harness.ts'
import { tempFolder } from '../src/temp-folder.ts'
import { auditWithOracle } from './audit.ts'
import { answer } from './program.ts'

const test = suite('e2e/real-data')

/** Lies beside the project where it is developed, and is no part of it. */
const shared = fileURLToPath(new URL('../../../shared', import.meta.url))
const generator = join(shared, 'tools/real-scenario.py')
const lineage = join(shared, 'data/tldr-linux.ndjson.gz')
const trace = join(shared, 'data/azure-llm-code.csv.gz')

const isFull = process.env.OPENLEDGER_FULL === '1'
const cut = isFull ? [] : ['--events', '300', '--inferences', '1500']
const deadlineMs = isFull ? 600_000 : 150_000

const title = 'people’s pages and a service’s requests: all final, nothing lost, and the oracle agrees to the µOPEN'
if ([generator, lineage, trace].every(existsSync)) test(title, playRealData, { deadlineMs })
else test.skip(`${title} (no data in ${shared})`)

async function playRealData(): Promise<void> {
  const folder = tempFolder()
  const scenario = join(folder, 'real.ndjson')
  const text = execFileSync('python3', [generator, '--lineage', lineage, '--trace', trace, ...cut], {
    maxBuffer: 256 * 1024 * 1024,
  })
  writeFileSync(scenario, text)
  const args = ['--scenario', scenario, '--epoch', '1s', '--exit', '--dir', join(folder, 'net')]
  const summary = await answer<Summary>(['testnet', ...args], deadlineMs)
  const { submitted, finalized, failed, unpaid } = summary.records
  assert.equal([finalized, failed, unpaid], [submitted, 0, 0], JSON.stringify(summary.failures))
  assert.is(summary.supply.now, summary.supply.genesis)
  for (const { epoch, checkpoint } of summary.nodes)
    assert.equal([epoch, checkpoint], [summary.checkpoint.epoch, summary.checkpoint.cid])
  // Any node will do: each has the same roots. The last one proposes and syncs like the others, but is nobody's bootstrap.
  const records = await auditWithOracle(summary, summary.nodes.at(-1)!.data)
  assert.is(records.length, finalized + summary.vouchers)
  await answer(['verify', '--data', summary.nodes[1]!.data], deadlineMs)
}
