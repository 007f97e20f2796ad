export const variablePrefix = 'OPENLEDGER_'

/** Names the config file, like the flag `--config`. */
export const configVariable = 'OPENLEDGER_CONFIG'
/** Named here, so that a password never stands in a command line, where every user of the machine could read it. */
export const passwordVariable = 'OPENLEDGER_PASSWORD'
/** What a caller of the API writes with. */
export const tokenVariable = 'OPENLEDGER_API_TOKEN'

/** What a variable says; an empty one says nothing, since compose files pass those that nobody set. */
export function variableText(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return env[name] || undefined
}

/** The environment for a program that is to be told everything by other means. */
export function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith(variablePrefix)))
}
