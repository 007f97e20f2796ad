#!/usr/bin/env node
import { processOutput } from './output.ts'
import { run } from './run.ts'

const status = await run(process.argv.slice(2), processOutput())
// What a command left open by mistake must not keep the program alive.
process.exit(status)
