import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const usualPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser']

const flags = [
  // Its sandbox refuses to start for root, as whom a container runs; it loads nothing but this project's own page.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Said where none is found. */
export const noChromium =
  'no Chromium: install it (apt-get install chromium), or name one in the environment variable CHROMIUM'

/** The path of an installed Chromium: of the one that `CHROMIUM` names, else of the system's. */
export function findChromium(): string | undefined {
  const { CHROMIUM: named } = process.env
  return (named ? [named] : usualPaths).find(path => existsSync(path))
}

export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, headless: true, args: flags })
}
