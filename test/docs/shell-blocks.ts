/** What a page of prose tells its reader to type, and the files that it tells them to save. */

export interface PageCommand {
  /** As it is written, on one line and without its comment. */
  readonly text: string
  readonly line: number
}

export interface PageFile {
  readonly name: string
  readonly text: string
}

interface Block {
  /** Of a fence; an indented block has none. */
  readonly language: string
  readonly lines: readonly string[]
  /** Of its first line, from 1. */
  readonly line: number
  /** The paragraph behind it. */
  readonly after: string
}

/** Blocks that are read, not typed. */
const readLanguages = new Set(['js', 'json', 'ndjson', 'yaml', 'mermaid', 'text'])
const fence = /^```(\w*)$/

/** Every block is typed line by line, unless it says what else it is: by its fence, or since all its lines are JSON. */
export function commandsOf(page: string): PageCommand[] {
  return blocksOf(page)
    .filter(block => !isRead(block))
    .flatMap(typedLines)
}

/** Blocks behind which the page says "Saved as `NAME`". */
export function filesOf(page: string): PageFile[] {
  return blocksOf(page).flatMap(({ lines, after }) => {
    const name = /^Saved as `([\w./-]+)`/.exec(after)?.[1]
    return name === undefined ? [] : [{ name, text: `${lines.join('\n')}\n` }]
  })
}

/** Commands within sentences. */
export function inlineCommandsOf(page: string): string[] {
  const prose = page.replaceAll(/^```.*?^```$/gms, '').replaceAll(/^ {4}.*$/gm, '')
  return [...prose.matchAll(/`((?:openledger|npm (?:run|test)|docker compose)(?: [^`]*)?)`/g)].map(([, text]) => text!)
}

function isRead({ language, lines }: Block): boolean {
  if (language !== '') return readLanguages.has(language)
  return lines.every(line => line.startsWith('{'))
}

function typedLines({ lines, line }: Block): PageCommand[] {
  const commands: PageCommand[] = []
  let open = ''
  for (const [index, typed] of lines.entries()) {
    const text = open + typed.replace(/(^|\s+)# .*$/, '').trim()
    open = text.endsWith('\\') ? text.slice(0, -1) : ''
    if (open === '' && text !== '') commands.push({ text, line: line + index })
  }
  return commands
}

function blocksOf(page: string): Block[] {
  const lines = page.split('\n')
  const blocks: Block[] = []
  for (let at = 0; at < lines.length; at++) {
    const language = fence.exec(lines[at]!)?.[1]
    const isIndented = lines[at]!.startsWith('    ') && (at === 0 || lines[at - 1] === '')
    if (language === undefined && !isIndented) continue
    const from = language === undefined ? at : at + 1
    let end = from
    const goesOn = language === undefined ? (text: string) => text.startsWith('    ') : (text: string) => text !== '```'
    while (end < lines.length && goesOn(lines[end]!)) end++
    const own = lines.slice(from, end).map(text => (language === undefined ? text.slice(4) : text))
    const after = lines.slice(end + 1).find(text => text !== '') ?? ''
    blocks.push({ language: language ?? '', lines: own, line: from + 1, after })
    at = end
  }
  return blocks
}
