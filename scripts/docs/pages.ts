import { configurationPage } from '../../src/config/reference.ts'

/** Pages that are generated, by their path in the repository. */
export const generatedPages: Readonly<Record<string, () => string>> = {
  'docs/configuration.md': configurationPage,
}
