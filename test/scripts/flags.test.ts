import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { countOf, wholeOf } from '../../scripts/flags.ts'
import { suite } from '../harness.ts'

const test = suite('scripts/flags')

function run(name: string, ...args: string[]) {
  const program = fileURLToPath(new URL(`../../scripts/${name}/main.ts`, import.meta.url))
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', timeout: 20_000 })
}

test('what no script takes is refused by all of them, with what they take', () => {
  for (const name of ['bench', 'kills', 'load', 'sim', 'soak']) {
    const { status, stderr } = run(name, '--nonsense')
    assert.is(status, 2, stderr)
    assert.match(
      stderr,
      new RegExp(`^${name}: Unknown option '--nonsense'.*\\nnpm run ${name} -- \\[options\\]\\n {2}--`),
    )
  }
})

test('a value that is none is named; help is no error', () => {
  const wrong = run('sim', '--seeds', '0')
  assert.equal([wrong.status, wrong.stderr.split('\n')[0]], [2, 'sim: --seeds: expected a positive integer, got 0'])
  const help = run('kills', '--help')
  assert.equal([help.status, help.stderr], [0, ''])
  assert.match(help.stdout, /^npm run kills -- \[options\]\n/)
})

test('the simulator refuses what it would pass over, and a sabotage that there is not', () => {
  const first = (...args: string[]) => {
    const { status, stderr } = run('sim', '--seeds', '1', ...args)
    return [status, stderr.split('\n')[0]]
  }
  assert.equal(first('--only', 'L22'), [2, 'sim: --only does not go without --sabotages'])
  assert.equal(first('--sabotages', '--profile', 'wide'), [2, 'sim: --profile does not go with --sabotages'])
  assert.equal(first('--sabotages', '--trace'), [2, 'sim: --trace does not go with --sabotages'])
  const typo = run('sim', '--sabotages', '--only', 'L222')
  assert.is(typo.status, 2)
  assert.match(typo.stderr, /^sim: --only: expected a part of one of these, got L222\n {2}L22 forgets the lock\n/)
})

test('whole numbers, and those from 1', () => {
  assert.equal([wholeOf('a', '0'), wholeOf('a', '12'), countOf('a', '1')], [0, 12, 1])
  for (const text of ['', ' ', '-1', '1.5', 'x', '1e300', '9007199254740993']) {
    assert.throws(() => wholeOf('a', text), /--a: expected a whole number/)
    assert.throws(() => countOf('a', text), /--a: expected a whole number/)
  }
  assert.throws(() => countOf('a', '0'), /--a: expected a positive integer, got 0/)
})
