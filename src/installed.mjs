// Node runs TypeScript, but not below a folder `node_modules`, where an installed package lies: there its types are taken off here.

import { readFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'

/** Whether these sources lie where Node doesn't strip them. */
const isInstalled = import.meta.url.includes('/node_modules/')
const sources = new URL('..', import.meta.url).href

/** For this thread: each first file of a program or thread calls it before it imports TypeScript. */
export function loadInstalledSources() {
  if (!isInstalled) return
  registerHooks({
    load(url, context, next) {
      if (!url.startsWith(sources) || !url.endsWith('.ts')) return next(url, context)
      const source = withoutWarning(() => stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8')))
      return { format: 'module', source, shortCircuit: true }
    },
  })
}

/** Node says of the stripping, and of nothing else here, that it may change. */
function withoutWarning(work) {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return work()
  } finally {
    process.emitWarning = emitWarning
  }
}
