import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Check } from 'typebox/schema'
import * as assert from 'uvu/assert'
import { generatedPages } from '../../../scripts/docs/pages.ts'
import { buildProgram } from '../../../src/cli/program.ts'
import { settings } from '../../../src/config/setting.ts'
import { settingsSchema } from '../../../src/config/settings.ts'
import { suite } from '../../harness.ts'

const test = suite('config/reference')
const root = resolve(import.meta.dirname, '../../..')

for (const [path, page] of Object.entries(generatedPages)) {
  test(`${path} is what its source makes of it (npm run docs)`, () => {
    assert.is(readFileSync(resolve(root, path), 'utf8'), page())
  })
}

test('every setting is a flag of start, and stands on the page with its variable and field', () => {
  const program = buildProgram({ answer: async () => {}, note: () => {} })
  const start = program.commands.find(command => command.name() === 'start')!
  const flags = start.options.map(({ long }) => long)
  const page = generatedPages['docs/configuration.md']!()
  for (const { name, flag, variable } of settings) {
    assert.ok(flags.includes(flag), flag)
    assert.equal(
      [`## ${name}\n`, `\`${flag} <`, `\`${variable}\``].filter(text => !page.includes(text)),
      [],
    )
  }
  assert.equal(
    flags.filter(flag => !['--json', '--config', ...settings.map(setting => setting.flag)].includes(flag!)),
    [],
  )
})

test('every default meets its own schema, and what has one is required', () => {
  for (const { name, schema } of settings) {
    assert.is((settingsSchema.required as readonly string[]).includes(name), schema.default !== undefined, name)
    if (schema.default !== undefined) assert.ok(Check(schema, schema.default), name)
  }
})
