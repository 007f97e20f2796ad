import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

export interface Bundle {
  readonly code: string
  /** Sources that it was made of, relative to the project. */
  readonly sources: readonly string[]
  /** What is still to be loaded beside it. */
  readonly imports: readonly string[]
}

export interface BundleOptions {
  readonly minify?: boolean
  /** Whether classes keep their names when minified, which errors are named after; by default they do. */
  readonly keepNames?: boolean
  readonly plugins?: Plugin[]
}

/** What a page needs to verify by itself. */
export const lightEntry = 'consensus/light/index.ts'

/** What a page or a program needs to ask a node. */
export const clientEntry = 'src/client/index.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A source file with all that it imports, as one ES module for browsers. A module of Node in it is an error. */
export async function bundleForBrowsers(
  entry: string,
  { minify = false, keepNames = minify, plugins = [] }: BundleOptions = {},
): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    outfile: 'bundle.js',
    metafile: true,
    format: 'esm',
    platform: 'browser',
    // Syntax for every browser since 2023, which are also those that have all functions of the language that are called.
    target: 'es2022',
    minify,
    keepNames,
    plugins,
    logLevel: 'silent',
  })
  const [output] = Object.values(metafile.outputs)
  return {
    code: outputFiles[0]!.text,
    sources: Object.keys(metafile.inputs).sort(),
    imports: output!.imports.map(({ path }) => path),
  }
}
