import { registerHooks } from 'node:module'
import { env } from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Sabotage } from './sabotage.ts'
import { sabotages } from './sabotages.ts'

/** Loaded before everything else (`--import`): the sources of the sabotage that SABOTAGE names come out changed. */
const wanted = sabotages.find(({ name }) => name === env.SABOTAGE)
if (wanted === undefined) throw new Error(`no sabotage ${env.SABOTAGE}`)
const root = new URL('../../', import.meta.url)

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    const edits = editsOf(wanted, url)
    if (edits.length === 0) return loaded
    let source = Buffer.from(loaded.source as Uint8Array).toString()
    for (const { file, from, to } of edits) {
      if (source.split(from).length !== 2) throw new Error(`${wanted.name}: not once in ${file}: ${from}`)
      source = source.replace(from, () => to)
    }
    return { ...loaded, source }
  },
})

function editsOf({ edits }: Sabotage, url: string): Sabotage['edits'] {
  if (!url.startsWith('file:')) return []
  const path = fileURLToPath(url)
  return edits.filter(({ file }) => path === fileURLToPath(new URL(file, root)))
}
