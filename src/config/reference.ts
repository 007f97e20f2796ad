import { expectation, type Setting, settings } from './setting.ts'

/** docs/configuration.md: every setting and what it is called where. Written by `npm run docs`. */
export function configurationPage(): string {
  return `${head}\n${settings.map(section).join('\n')}`
}

const head = `# Settings of a node

This page is generated from the schema that checks the settings (\`npm run docs\`).

A setting is taken from the first that has it: a flag of \`openledger start\`, a variable of the environment, a field of the config
file, the default. The file is JSON, named by \`--config FILE\` or \`OPENLEDGER_CONFIG\`; paths in it are relative to its folder, all
others to the current one. In a variable, items of a list are divided by commas or blanks, and an empty one says nothing. A flag,
variable or field that is no setting is refused: it was meant to be one.

    openledger config print --origin    # every value in force, and where it comes from

The password of the key files is no setting: it is the first line of \`passwordFile\`, or stands in \`OPENLEDGER_PASSWORD\`. It is never
printed.
`

function section(setting: Setting): string {
  const { name, flag, variable, schema } = setting
  const value = `<${schema.placeholder}>${schema.type === 'array' ? '…' : ''}`
  return `## ${name}

${sentence(schema.description)}

| | |
|---|---|
| flag | \`${flag} ${value}\` |
| variable | \`${variable}\` |
| value | ${expectation(setting)} |
| default | ${defaultText(schema.default)} |
`
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`
}

function defaultText(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return 'none'
  return `\`${Array.isArray(value) ? value.join(' ') : value}\``
}
