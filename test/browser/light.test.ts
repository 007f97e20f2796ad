import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import * as assert from 'uvu/assert'
import { toHex } from '../../consensus/bytes.ts'
import { encodeGenesis } from '../../consensus/genesis.ts'
import { writeProof } from '../../src/proofs/proof-writer.ts'
import { actorAccount } from '../fixtures/ledger-driver.ts'
import { type LightVectors, vectorNames } from '../fixtures/light-vector.ts'
import { checkpointOf, lightBlockBytes } from '../fixtures/proving.ts'
import { buildSmallLedger } from '../fixtures/small-ledger.ts'
import { blockHex } from '../fixtures/step-vector.ts'
import { suite } from '../harness.ts'
import { tempFolder } from '../src/temp-folder.ts'
import { findChromium, launchChromium, noChromium } from './chromium.ts'
import { forms, openSite, type Site } from './site.ts'
import { checkFile, type HistoryHex } from './tasks.ts'

/** A history, and a payout in it with the file that proves it. */
interface Saved {
  readonly history: HistoryHex
  /** Text of the newest checkpoint's CID. */
  readonly trust: string
  readonly file: string
  readonly payout: {
    readonly epoch: number
    readonly newest: number
    readonly amount: number
    readonly creditAfter: number
  }
}

interface Visit {
  readonly site: Site
  readonly browser: Browser
  readonly pages: ReadonlyMap<string, Page>
  /** What pages complained of. */
  readonly complaints: readonly string[]
}

const test = suite('browser/light')
const deadlineMs = 120_000
/** Bytes of a file that are changed, one at a time and all over it. */
const changesMax = 40

const executable = findChromium()
let visit: Visit | undefined
let saved: Saved

/** `npm run test:browser` is there to try a browser: without one it fails. */
function browserTest(title: string, body: (visit: Visit) => void | Promise<void>): void {
  if (executable !== undefined) test(title, () => body(visit!), { deadlineMs })
  else if (process.env.OPENLEDGER_BROWSER !== 'required') test.skip(`${title} (${noChromium})`)
  else {
    test(title, () => {
      throw new Error(noChromium)
    })
  }
}

function pageTest(title: string, body: (page: Page) => Promise<void>): void {
  for (const form of forms) browserTest(`${title}, ${form}`, ({ pages }) => body(pages.get(form)!))
}

test.before(async () => {
  if (executable === undefined) return
  saved = await save()
  visit = await open(executable)
})

test.after(async () => {
  await visit?.browser.close()
  visit?.site.close()
})

async function save(): Promise<Saved> {
  const { driver } = await buildSmallLedger(tempFolder())
  const { store, genesis, results } = driver
  const epoch = 6
  const account = actorAccount('cy')
  const { bytes, trust, newest } = await writeProof(store, account, epoch)
  const blocks = results.map((_, i) => blockHex(lightBlockBytes(store, i + 1)))
  const history = { genesis: toHex(encodeGenesis(genesis)), blocks, now: checkpointOf(store, newest).time }
  await driver.close()
  const { amount, creditAfter } = results[epoch - 1]!.payouts.find(payout => payout.account === account)!
  return { history, trust, file: toHex(bytes), payout: { epoch, newest, amount, creditAfter } }
}

async function open(path: string): Promise<Visit> {
  const site = await openSite()
  const browser = await launchChromium(path)
  const pages = new Map<string, Page>()
  const complaints: string[] = []
  for (const form of forms) {
    const page = await browser.newPage()
    page.on('pageerror', error => complaints.push(`${form}: ${error.message}`))
    page.on('console', message => complaints.push(`${form}: ${message.text()}`))
    await page.goto(`${site.url}/${form}/`)
    pages.set(form, page)
  }
  return { site, browser, pages, complaints }
}

pageTest('the published vectors', async page => {
  for (const name of vectorNames) {
    const path = new URL(`../vectors/light/${name}.json`, import.meta.url)
    const vectors: LightVectors[typeof name] = JSON.parse(readFileSync(path, 'utf8'))
    const outcomes = await page.evaluate(of => lightPage.run(of), name)
    assert.is(outcomes.length, vectors.length)
    vectors.forEach((vector, i) => {
      assert.equal(outcomes[i], vector.expected, vector.name)
    })
  }
})

pageTest('from the genesis to the newest checkpoint, and with it a saved payout', async page => {
  const { history, trust, file, payout } = saved
  assert.equal(await page.evaluate(of => lightPage.follow(of), history), { proves: trust })
  const checked = await page.evaluate(of => lightPage.checkFile(of.file, of.trust), { file, trust })
  assert.equal(checked, { proves: payout })
})

pageTest('a saved payout with a byte changed is refused, by the same check as in Node', async page => {
  const { file, trust } = saved
  const bytes = file.length / 2
  for (let change = 0; change < changesMax; change++) {
    const at = Math.floor((change * bytes) / changesMax)
    const changed = flipped(file, at)
    const outcome = await page.evaluate(of => lightPage.checkFile(of.changed, of.trust), { changed, trust })
    assert.ok('fails' in outcome, `byte ${at}`)
    assert.equal(outcome, await checkFile(changed, trust), `byte ${at}`)
  }
})

browserTest('the pages asked for nothing that isn’t there, and complained of nothing', ({ site, complaints }) => {
  assert.equal(site.missed, [])
  assert.equal(complaints, [])
})

/** Hex with a bit of one byte changed. */
function flipped(hex: string, at: number): string {
  const byte = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16) ^ 1
  return hex.slice(0, 2 * at) + byte.toString(16).padStart(2, '0') + hex.slice(2 * at + 2)
}
