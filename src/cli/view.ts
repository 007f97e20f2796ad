import type { Command } from 'commander'
import type { NodeClient } from '../api/client.ts'
import { type Names, readNames } from '../api/names.ts'
import type { NodeView, OpenView } from '../api/node-view.ts'
import { socketPath } from '../api/socket-path.ts'
import { usualData } from '../config/default-data.ts'
import { tokenVariable, variableText } from '../config/variables.ts'
import { UsageError } from './output.ts'

export interface ViewOptions {
  readonly data?: string
  readonly api?: string
  readonly tokenFile?: string
}

/** The flags that say which node is asked. */
export function viewOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'data folder of a node, running or not (default OPENLEDGER_DATA, or the one of `start`)')
    .option('--api <url>', "address of a running node's API, like http://127.0.0.1:8650")
}

/** Who asks over TCP and wants to write says so with the node's token. */
export function tokenOption(command: Command): Command {
  return command.option(
    '--token-file <file>',
    "with --api, the file api-token of the node's data folder; else OPENLEDGER_API_TOKEN",
  )
}

/** Asks a node: over its API, over the socket in its data folder, or, where it doesn't run, in the folder itself. */
export async function withView<T>(options: ViewOptions, ask: (view: NodeView, names: Names) => Promise<T>): Promise<T> {
  const { view, names } = await openView(options)
  try {
    return await ask(view, await names())
  } finally {
    await view.close()
  }
}

interface Opened {
  readonly view: OpenView
  names(): Promise<Names>
}

async function openView({ data: given, api, tokenFile }: ViewOptions): Promise<Opened> {
  if (given !== undefined && api !== undefined) {
    throw new UsageError('which node? give either --data DIR or --api URL')
  }
  // With what it takes to speak HTTP, which commands that ask no node do without.
  const { NodeClient } = await import('../api/client.ts')
  if (api !== undefined) {
    const client = new NodeClient({ url: api }, await givenToken(tokenFile))
    return { view: client, names: () => client.names() }
  }
  const data = given ?? (await usualData(process.env))
  const client = new NodeClient({ socket: socketPath(data) })
  if (await isAnswering(client)) return { view: client, names: () => readNames(data) }
  await client.close()
  const { openStoredView } = await import('../query/stored-view.ts')
  return { view: await openStoredView(data), names: () => readNames(data) }
}

async function givenToken(file: string | undefined): Promise<{ token?: string }> {
  if (file === undefined) {
    const token = variableText(process.env, tokenVariable)
    return token === undefined ? {} : { token }
  }
  const { readToken } = await import('../api/token.ts')
  return { token: await readToken(file) }
}

/** Whether a node runs on the folder. One that is there and doesn't answer in time is an error, not an invitation to its store. */
async function isAnswering(client: NodeClient): Promise<boolean> {
  try {
    await client.status()
    return true
  } catch (error) {
    const { code } = (error as { facts?: { code?: unknown } }).facts ?? {}
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return false
    throw error
  }
}
