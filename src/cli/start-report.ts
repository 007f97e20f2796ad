import { explorerLink } from '../api/explorer-link.ts'
import type { NodeStatus } from '../api/node-view.ts'
import type { Daemon } from '../daemon/daemon.ts'
import { withTilde } from '../tilde.ts'
import { commandPrefix } from './command.ts'

/** What a person who started a node on a terminal wants to know first. */
export function startText(status: NodeStatus, { api, token, data, account }: Daemon): string {
  const lines: (readonly [name: string, value: string])[] = [
    ['network', account === null ? status.chain : 'a development network of its own, with one funded account'],
    ...(account === null ? [] : [['account', withTilde(account)] as const]),
    ['epoch', status.epoch === 0 ? '0, the genesis' : String(status.epoch)],
    ['peer', status.peerId],
    ['addresses', status.addrs.join('\n') || 'none: it only dials'],
    ['API', api ?? 'only the socket in the data folder'],
    ...(api === null
      ? []
      : [['explorer', explorerLink(api)] as const, ['token', `${token}, to write over the API`] as const]),
    ['data', withTilde(data)],
    ['ask it', `${commandPrefix()} status --data ${withTilde(data)}`],
    ['stop it', 'Ctrl-C'],
  ]
  const shown = lines.map(([name, value]) => `  ${name.padEnd(10)} ${value.replaceAll('\n', `\n${' '.repeat(13)}`)}`)
  return `\nThe node is up.\n\n${shown.join('\n')}\n`
}
