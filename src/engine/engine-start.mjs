// Plain JavaScript for the reason that src/cli/openledger.mjs gives. A thread doesn't inherit its program's compile cache: with one of its
// own the engine is there in a third of the time.
import { enableCompileCache } from 'node:module'
import { loadInstalledSources } from '../installed.mjs'

enableCompileCache()
loadInstalledSources()
await import('./engine-thread.ts')
