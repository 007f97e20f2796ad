/** Commits epoch after epoch and batches in between until it is killed; tells of each that is on the disk. Arguments: folder. */
import { utf8 } from '../../../../consensus/bytes.ts'
import { Store } from '../../../../src/store/store.ts'
import { genesis, sampleBatch, sampleCells, sampleEpoch } from '../sample.ts'

const store = await Store.open(process.argv[2]!, { create: true, multithreading: false })
if (store.head() === undefined) await store.beginAtGenesis(genesis, { state: [], pages: [], blocks: [] })
const cellsPerEpoch = 400

for (let epoch = (store.head()?.epoch ?? 0) + 1; ; epoch++) {
  await store.putBatches([sampleBatch(`unsynced ${epoch}`, epoch, epoch)], { sync: false })
  await store.agreement.put(utf8(`${epoch}`), { sync: true })
  const cells = { state: sampleCells('cell', epoch, cellsPerEpoch), pages: sampleCells('page', epoch, cellsPerEpoch) }
  await store.commitEpoch(sampleEpoch(epoch, cells))
  process.stdout.write(`${epoch}\n`)
}
