/** Opens a folder as a user who may not write there, and prints the error's code. Arguments: that folder, a folder of its own. */
import { LedgerError } from '../../../../consensus/errors.ts'
import { Store } from '../../../../src/store/store.ts'

const nobody = 65_534
// LevelDB is loaded by the first opening, which root has to do: an unprivileged user may not even see this folder.
const store = await Store.open(process.argv[3]!, { create: true, multithreading: false })
await store.close()
if (process.getuid?.() === 0) process.setuid?.(nobody)
try {
  await Store.open(process.argv[2]!, { create: true, multithreading: false })
  console.log('opened')
} catch (error) {
  console.log(error instanceof LedgerError ? error.code : error)
}
