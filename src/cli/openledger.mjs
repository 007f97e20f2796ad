#!/usr/bin/env node
// Plain JavaScript, as only the first file of a program or thread is here: in TypeScript it would have Node load its TypeScript stripper,
// 14 MB, on every start. All other files come stripped from the compile cache, from the second run on.
import { enableCompileCache } from 'node:module'
import { loadInstalledSources } from '../installed.mjs'

enableCompileCache()
loadInstalledSources()
await import('./main.ts')
