import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import * as assert from 'uvu/assert'
import { ApiClient } from '../../src/client/index.ts'
import { openText } from '../../src/decimal.ts'
import { nodeHref } from '../../src/explorer/node-address.ts'
import { hrefOf, type Place } from '../../src/explorer/place.ts'
import { suite } from '../harness.ts'
import { tempFolder } from '../src/temp-folder.ts'
import { findChromium, launchChromium, noChromium } from './chromium.ts'
import { type Lie, startLyingNode } from './lying-node.ts'
import { hostileName, type SampleNetwork, startSampleNetwork } from './sample-network.ts'

interface Scene {
  readonly browser: Browser
  readonly network: SampleNetwork
}

/** A page with what it complained of, and what it asked for beyond its own node. */
interface Watched {
  readonly page: Page
  readonly complaints: readonly string[]
  readonly strays: readonly string[]
}

const test = suite('browser/explorer')
/** The first test waits for the network, which plays the sample. */
const deadlineMs = 240_000
const pollMs = 50
const settleMsMax = 60_000
const desktop = { width: 1200, height: 850 }
const phone = { width: 360, height: 740 }
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const builtPage = new URL('../../build/explorer.html', import.meta.url)

const executable = findChromium()
let scene: Promise<Scene> | undefined

async function setScene(path: string): Promise<Scene> {
  const [browser, network] = await Promise.all([launchChromium(path), startSampleNetwork()])
  return { browser, network }
}

function browserTest(title: string, body: (scene: Scene) => void | Promise<void>): void {
  if (executable !== undefined) {
    test(
      title,
      async () => {
        scene ??= setScene(executable)
        await body(await scene)
      },
      { deadlineMs },
    )
  } else if (process.env.OPENLEDGER_BROWSER !== 'required') test.skip(`${title} (${noChromium})`)
  else {
    test(title, () => {
      throw new Error(noChromium)
    })
  }
}

test.after(async () => {
  const set = await scene?.catch(() => undefined)
  await set?.browser.close()
  await set?.network.stop()
})

/** So many have looked at the node. Each is another address to it. */
let readers = 0

async function open(
  { browser }: Scene,
  url: string,
  options: BrowserContextOptions,
  use: (watched: Watched) => Promise<void>,
): Promise<void> {
  readers += 1
  const extraHTTPHeaders = { 'x-forwarded-for': `192.0.2.${readers}` }
  const context = await browser.newContext({ viewport: desktop, extraHTTPHeaders, ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  const strays: string[] = []
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => complaints.push(message.text()))
  const { origin } = new URL(url)
  page.on('request', request => {
    if (new URL(request.url()).origin !== origin && !request.url().startsWith('data:')) strays.push(request.url())
  })
  try {
    await page.goto(url)
    await use({ page, complaints, strays })
  } finally {
    await context.close()
  }
}

/** Goes to a place in the page, and waits until all that it asked for is there. */
async function goTo(page: Page, place: Place): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hrefOf(place))}`)
  await settled(page)
}

/** Waits until what the page says of an expression is true. The page itself may not be asked to wait: it runs no code made of text. */
async function until(page: Page, expression: string): Promise<void> {
  for (let waitedMs = 0; !(await page.evaluate<boolean>(expression)); waitedMs += pollMs) {
    if (waitedMs > settleMsMax) throw new Error(`never true on ${page.url()}: ${expression}`)
    await sleep(pollMs)
  }
}

async function settled(page: Page): Promise<void> {
  await until(page, "document.querySelector('h1') !== null && document.querySelector('.loading') === null")
}

/** What each page is about, and what must be on it. */
function placesOf({ actors, labels }: SampleNetwork): readonly (readonly [place: Place, texts: readonly string[]])[] {
  const [batch = ''] = labels.garden!.split('/')
  return [
    [{ page: 'overview' }, ['Models executed', 'Agents acted', 'millbrook-gardener-3b', 'Newest epochs']],
    [{ page: 'accounts' }, ['elif', 'oldmill', 'Credit']],
    [{ page: 'account', account: actors.elif! }, ['Payouts over time', 'for contributing raw material', 'slug-boards']],
    [{ page: 'verify', account: actors.elif! }, ['What this proves, and what not']],
    [{ page: 'assets' }, ['leaf-doctor-vision', 'seedling-base-3b']],
    [{ page: 'assets', kind: 'refinement' }, ['tomato-cards']],
    [{ page: 'validators' }, ['node0', '100 %']],
    [{ page: 'epoch', epoch: 1 }, ['Payouts', 'Batches', 'Signed by 1 validator']],
    [{ page: 'record', ref: labels['tomato-cards']! }, ['Lineage', 'tomato-qa', 'As a table', 'What it says']],
    [{ page: 'record', ref: labels.gardener! }, ['price per 1 000 tokens', 'planner']],
    [{ page: 'record', ref: labels.hostile! }, [hostileName.replace('\u202e', '')]],
    [{ page: 'batch', cid: batch }, ['Records', 'What grows in Millbrook']],
    [{ page: 'search', text: 'garden' }, ['millbrook-gardener-3b']],
    [{ page: 'search', text: 'no such thing' }, ['Nothing has this id or name']],
    [{ page: 'lost', hash: '#/nowhere' }, ['There is no such page']],
  ]
}

async function textOf(page: Page): Promise<string> {
  return (await page.locator('main').innerText()).replaceAll('\u202f', ' ').replaceAll('\u202e', '')
}

browserTest('every page shows what it is about, asks nobody but its node and complains of nothing', async set => {
  await open(set, `${set.network.url}/`, {}, async ({ page, complaints, strays }) => {
    for (const [place, texts] of placesOf(set.network)) {
      await goTo(page, place)
      const text = await textOf(page)
      for (const wanted of texts) assert.ok(text.includes(wanted), `${hrefOf(place)}: ${wanted} in\n${text}`)
    }
    assert.equal(complaints, [])
    assert.equal(strays, [])
  })
})

browserTest('what an author wrote is text, never part of the page', async set => {
  await open(set, `${set.network.url}/`, {}, async ({ page }) => {
    await goTo(page, { page: 'record', ref: set.network.labels.hostile! })
    assert.is(await page.locator('img, b').count(), 0)
    assert.ok((await page.title()).endsWith('· openledger'))
  })
})

for (const [size, viewport] of [
  ['desktop', desktop],
  ['phone', phone],
] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    browserTest(`no page has a serious barrier or scrolls sideways: ${size}, ${colorScheme}`, async set => {
      await open(set, `${set.network.url}/`, { viewport, colorScheme, reducedMotion: 'reduce' }, async ({ page }) => {
        await page.evaluate(axeSource)
        for (const [place] of placesOf(set.network)) {
          await goTo(page, place)
          for (const summary of await page.locator('figure > details > summary').all()) await summary.click()
          assert.equal(await barriers(page), [], hrefOf(place))
          const beyond = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
          assert.ok(beyond <= 0, `${hrefOf(place)} is ${beyond} px too wide`)
        }
      })
    })
  }
}

async function barriers(page: Page): Promise<string[]> {
  return await page.evaluate(async () => {
    // biome-ignore lint/suspicious/noExplicitAny: axe is loaded as a text
    const { violations } = await (globalThis as any).axe.run()
    return (violations as { id: string; impact: string; nodes: { html: string }[] }[])
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
  })
}

browserTest('the keyboard alone leads to everything, and the focus follows', async set => {
  await open(set, `${set.network.url}/`, {}, async ({ page }) => {
    await settled(page)
    const focused = () => page.evaluate<string>("document.activeElement?.textContent?.trim() ?? ''")
    const walked: string[] = []
    for (let i = 0; i < 6; i++) {
      await page.keyboard.press('Tab')
      walked.push(await focused())
    }
    assert.equal(walked, ['Skip to the content', 'openledger', 'Overview', 'Accounts', 'Assets', 'Validators'])
    await page.keyboard.press('Tab')
    await page.keyboard.type('1')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'epoch 1', exact: true }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Epoch 1', exact: true }).waitFor()
    await until(page, "document.activeElement?.textContent?.trim() === 'Epoch 1'")
    await goTo(page, { page: 'account', account: set.network.actors.elif! })
    const closed = page.locator('.tree button[aria-expanded="false"]').first()
    await closed.focus()
    const before = await page.locator('.tree li').count()
    await page.keyboard.press('Enter')
    await until(page, `document.querySelectorAll('.tree li').length > ${before}`)
  })
})

browserTest('an id that can’t be copied says so, whether the browser refuses or has no clipboard', async set => {
  await open(set, `${set.network.url}/`, {}, async ({ page, complaints }) => {
    await goTo(page, { page: 'account', account: set.network.actors.elif! })
    // It stands there for a moment only.
    await page.evaluate(`
      globalThis.told = ''
      new MutationObserver(() => { told ||= document.querySelector('.told').textContent })
        .observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true })`)
    const copy = page.locator('button.copy').first()
    for (const clipboard of ['{ writeText: () => Promise.reject(new Error()) }', 'undefined']) {
      await page.evaluate(`Object.defineProperty(navigator, 'clipboard', { value: ${clipboard}, configurable: true })`)
      await until(page, "document.querySelector('.told').textContent === ''")
      await page.evaluate("told = ''")
      await copy.click()
      await until(page, "told !== ''")
      assert.is(await page.evaluate('told'), 'the browser doesn’t allow it')
    }
    assert.equal(complaints, [])
  })
})

browserTest('new epochs show without a reload', async set => {
  await open(set, `${set.network.url}/`, {}, async ({ page }) => {
    await settled(page)
    const seen = await page.locator('.figures dd').first().innerText()
    await set.network.write()
    await until(page, `document.querySelector('.figures dd')?.textContent !== ${JSON.stringify(seen)}`)
  })
})

/** As if the tab went to the background, or came back. */
async function show(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, 'hidden', { configurable: true, value: ${isHidden} })
    document.dispatchEvent(new Event('visibilitychange'))`)
}

browserTest(
  'more tabs than a browser has connections: each is answered, and one that comes back is up to date',
  async set => {
    await open(set, `${set.network.url}/`, {}, async ({ page: first }) => {
      let last = first
      for (let tabs = 1; tabs <= 8; tabs++) {
        await settled(last)
        await show(last, true)
        last = await first.context().newPage()
        await last.goto(`${set.network.url}/`)
      }
      await settled(last)
      await set.network.write()
      const newest = "document.querySelector('.figures dd')?.textContent"
      const seen = await first.evaluate<string>(newest)
      await show(first, false)
      await until(first, `${newest} !== ${JSON.stringify(seen)}`)
    })
  },
)

/** The verdict of the verification, and the texts of its checks. */
async function verify(page: Page, account: string, trust?: string): Promise<{ verdict: string; checks: string[] }> {
  await goTo(page, { page: 'verify', account })
  const field = page.getByLabel('The id of the genesis')
  await until(page, "(document.querySelector('.trust input')?.value ?? '') !== ''")
  if (trust !== undefined) await field.fill(trust)
  await page.getByRole('button', { name: 'Verify', exact: true }).click()
  const verdict = page.locator('.verdict.passed, .verdict.failed')
  await verdict.waitFor({ timeout: 60_000 })
  return { verdict: await verdict.innerText(), checks: await page.locator('.checks > li').allInnerTexts() }
}

browserTest(
  'an honest node proves an account’s credit, from the genesis or a checkpoint, each check in sight',
  async set => {
    const { network } = set
    const api = new ApiClient(network.url)
    const { cid } = await api.get('/v1/epochs/{epoch}', { epoch: 3 })
    await open(set, `${network.url}/`, {}, async ({ page, complaints }) => {
      for (const trust of [undefined, cid]) {
        const { verdict, checks } = await verify(page, network.actors.elif!, trust)
        assert.match(verdict, /^Proved/)
        assert.is(checks.length, 6, checks.join('\n'))
        for (const check of checks) assert.match(check, / passed/)
      }
      const { credit } = await api.get('/v1/accounts/{account}', { account: network.actors.elif! })
      const proved = await page.locator('.figures dd').first().innerText()
      assert.is(proved, `${openText(credit)} OPEN`)
      assert.equal(complaints, [])
    })
  },
)

const lies: readonly (readonly [what: string, lie: Lie, check: RegExp])[] = [
  [
    'a payout that it makes up',
    (path, body) =>
      path.includes('/payouts')
        ? Buffer.from(body.toString().replace(/"amount":(\d+)/, (_, amount) => `"amount":${Number(amount) + 1}`))
        : body,
    /The node’s own word about these payouts agrees failed/,
  ],
  ['proofs of something else', (path, body) => (path === '/v1/proof' ? flipped(body) : body), /failed/],
  [
    'a checkpoint that nobody signed',
    (path, body) => (path.startsWith('/v1/light/blocks') ? flipped(body) : body),
    /(two thirds of the stake signed|block that you trust).* failed/,
  ],
  ['another genesis', (path, body) => (path === '/v1/genesis' ? flipped(body) : body), /block that you trust.* failed/],
]

for (const [what, lie, check] of lies) {
  browserTest(`a node that shows ${what} is found out, and the page says by which check`, async set => {
    const liar = await startLyingNode(set.network.url, lie)
    try {
      await open(set, `${liar.url}/`, {}, async ({ page }) => {
        const { verdict, checks } = await verify(page, set.network.actors.elif!)
        assert.match(verdict, /^Not proved/)
        assert.match(checks.at(-1)!, check)
        for (const passed of checks.slice(0, -1)) assert.match(passed, / passed/)
        assert.is(await page.getByRole('heading', { name: 'What is proved' }).count(), 0)
      })
    } finally {
      liar.close()
    }
  })
}

/** With one bit changed in its middle. */
function flipped(body: Buffer): Buffer {
  const changed = Buffer.from(body)
  const at = Math.floor(body.length / 2)
  changed[at] = changed[at]! ^ 1
  return changed
}

browserTest('why money came is told of the newest epochs, and of older ones where they are asked for', async set => {
  // As if the answer had ended at epoch 3, as it does after a thousand.
  const short = await startLyingNode(set.network.url, (path, body) =>
    path.startsWith('/v1/explain/') && !path.includes('from=')
      ? Buffer.from(body.toString().replace(/"from":1,/, '"from":3,'))
      : body,
  )
  try {
    await open(set, `${short.url}/`, {}, async ({ page }) => {
      await goTo(page, { page: 'account', account: set.network.actors.elif! })
      assert.match(await textOf(page), /Over epochs 3 to \d+\. What was before, from epoch 1 on, is left out\./)
      await page.getByRole('button', { name: 'Show older epochs' }).click()
      await page.getByText('Over epochs 1 to 2.', { exact: true }).waitFor()
      assert.is(await page.getByRole('button', { name: 'Show older epochs' }).count(), 0)
      await page.getByRole('button', { name: 'Show the newest epochs' }).click()
      await page.getByText('Over epochs 3 to').waitFor()
    })
  } finally {
    short.close()
  }
})

browserTest('what is no id is told so', async set => {
  await open(set, `${set.network.url}/`, {}, async ({ page }) => {
    const { verdict, checks } = await verify(page, set.network.actors.elif!, 'bafynonsense')
    assert.match(verdict, /^Not proved/)
    assert.match(checks[0]!, /What you gave is an id failed/)
  })
})

browserTest('opened from disk it asks the node that it is pointed at, and proves as well', async set => {
  const { network } = set
  const file = join(tempFolder(), 'explorer.html')
  writeFileSync(file, readFileSync(builtPage))
  const url = pathToFileURL(file)
  // A page from elsewhere may send no header that the node doesn’t expect.
  const asItself = { extraHTTPHeaders: {} }
  await open(set, `${url}${nodeHref(network.url)}`, asItself, async ({ page }) => {
    await settled(page)
    assert.ok((await textOf(page)).includes('millbrook-gardener-3b'))
    assert.match((await verify(page, network.actors.elif!)).verdict, /^Proved/)
  })
  await open(set, `${url}${nodeHref('http://127.0.0.1:9')}`, asItself, async ({ page }) => {
    await page.getByText('is the node running?').first().waitFor()
    assert.not.match(await textOf(page), /No epoch is final yet|Nobody has paid/, 'nobody knows that')
    await page.getByLabel('Node').fill(network.url)
    await page.getByRole('button', { name: 'Ask this node' }).click()
    await page.getByText('millbrook-gardener-3b').first().waitFor()
  })
})

test('the page is one file below 300 kB that loads nothing', () => {
  const html = readFileSync(builtPage, 'utf8')
  assert.ok(Buffer.byteLength(html) < 300_000, `${Buffer.byteLength(html)} bytes`)
  assert.equal(html.match(/<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="(?!data:,")[^"]*"/g), null)
  assert.equal(html.match(/@import|url\((?!data:)/g), null)
})
