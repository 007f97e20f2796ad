#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// Before anything else is loaded: what was compiled once is read the next time, in half the time and with less memory.
enableCompileCache()
const { processOutput } = await import('./output.ts')
const { run } = await import('./run.ts')

const status = await run(process.argv.slice(2), processOutput())
// What a command left open by mistake must not keep the program alive.
process.exit(status)
