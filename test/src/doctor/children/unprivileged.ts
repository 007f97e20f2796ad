/** Examines and begins a folder as a user who may do neither, and prints what each says. Arguments: that folder, one of its own. */
import { LedgerError } from '../../../../consensus/errors.ts'
import { readConfig } from '../../../../src/config/node-config.ts'
import { developmentConfig } from '../../../../src/daemon/development.ts'
import { examine } from '../../../../src/doctor/examine.ts'

const nobody = 65_534
const configOf = async (data: string) =>
  await readConfig({ flags: { data, listen: '/ip4/127.0.0.1/tcp/0', api: '127.0.0.1:0' }, env: {} })
const [, , foreign, own] = process.argv
const config = await configOf(foreign!)
// All that is loaded on the way, root has to load: an unprivileged user may not even see this folder.
await examine(await configOf(own!), {})
if (process.getuid?.() === 0) process.setuid?.(nobody)
const node = (await examine(config, {})).find(({ check }) => check === 'node')
const begun = await developmentConfig(config).catch(error => (error instanceof LedgerError ? error.code : `${error}`))
console.log(JSON.stringify({ node, begun }))
