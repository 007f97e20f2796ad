import * as assert from 'uvu/assert'
import { suite } from '../harness.ts'
import { formFault } from './command-form.ts'
import { commandsOf, filesOf, inlineCommandsOf } from './shell-blocks.ts'

const test = suite('docs/shell-blocks')
const page = [
  'Type this:',
  '',
  '    openledger status    # how it is',
  '    curl -H x \\',
  '      http://127.0.0.1',
  '',
  '    {"actor":"ana","do":"fund"}',
  '',
  '```ndjson',
  '{"do":"wait"}',
  '```',
  '',
  'Saved as `one.ndjson`, it is played by `openledger play one.ndjson`.',
  '',
  '```sh',
  "echo '# no comment'",
  '```',
].join('\n')

test('blocks are typed line by line, without comments; what is JSON or says that it is something else is not', () => {
  assert.equal(commandsOf(page), [
    { text: 'openledger status', line: 3 },
    { text: 'curl -H x http://127.0.0.1', line: 5 },
    { text: "echo '# no comment'", line: 16 },
  ])
})

test('files to be saved, and commands within sentences', () => {
  assert.equal(filesOf(page), [{ name: 'one.ndjson', text: '{"do":"wait"}\n' }])
  assert.equal(inlineCommandsOf(page), ['openledger play one.ndjson'])
})

test('a form names commands, flags, scripts and files that there are', () => {
  for (const sound of [
    'openledger genesis testnet --dir ./network',
    'OPENLEDGER_LOG=debug openledger config print --origin',
    'npm run -s openledger -- COMMAND',
    'npm test',
    'docker compose -f compose.testnet.yaml up',
    'docker compose exec node node src/cli/openledger.mjs doctor',
    'git pull',
  ])
    assert.is(formFault(sound), undefined, sound)
  for (const [faulty, fault] of [
    ['openledger stats', 'openledger has no command stats'],
    ['openledger keys new x --colour', 'new has no flag --colour'],
    ['npm run nothing', 'package.json has no script nothing'],
    ['npm run -s testnet -- --nope', 'testnet has no flag --nope'],
    ['docker compose -f other.yaml up', 'there is no other.yaml'],
    ['docker compose exec node node src/cli/openledger.mjs nope', 'openledger has no command nope'],
  ] as const)
    assert.is(formFault(faulty), fault)
})
