import { setImmediate as nextTurn } from 'node:timers/promises'

/** How long work may hold up everything else that the process has to do. */
const holdMsMax = 10

let turnBegan = performance.now()

/** Called between steps of long work: lets others have their turn when it has held them up long enough. */
export async function breathe(): Promise<void> {
  if (performance.now() - turnBegan < holdMsMax) return
  await nextTurn()
  turnBegan = performance.now()
}
