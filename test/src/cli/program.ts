import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { run } from '../../../src/cli/run.ts'
import { passwordVariable, withoutSettings } from '../../../src/config/variables.ts'

const main = fileURLToPath(new URL('../../../src/cli/openledger.mjs', import.meta.url))

// What is set around the tests is for them, not for the program that runs in this process.
for (const name of Object.keys(process.env)) if (!(name in withoutSettings(process.env))) delete process.env[name]

export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  /** Standard output as `--json` prints it. */
  json(): { ok: boolean; data?: never; error?: { code: string; message: string; next?: string } } & Record<
    string,
    never
  >
}

/** Runs one command line in this process: starting one costs more than most commands. */
export async function openledger(args: readonly string[], password?: string): Promise<Ran> {
  const [answers, notes]: [string[], string[]] = [[], []]
  if (password === undefined) delete process.env[passwordVariable]
  else process.env[passwordVariable] = password
  const status = await run(args, {
    answer: async text => void answers.push(text),
    note: text => void notes.push(text.endsWith('\n') ? text : `${text}\n`),
  })
  return ran(status, answers.join(''), notes.join(''))
}

/** Runs the program as a user would. */
export function spawnOpenledger(args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const env = withoutSettings(process.env)
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env })
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', chunk => stdout.push(chunk))
    child.stderr.on('data', chunk => stderr.push(chunk))
    child.on('error', reject)
    child.on('close', status =>
      resolve(ran(status, Buffer.concat(stdout).toString(), Buffer.concat(stderr).toString())),
    )
  })
}

function ran(status: number | null, stdout: string, stderr: string): Ran {
  return { status, stdout, stderr, json: () => JSON.parse(stdout) }
}
