import * as assert from 'uvu/assert'
import { type Message, messageBytes } from '../../../consensus/agreement/message.ts'
import { toHex } from '../../../consensus/bytes.ts'
import { chain, nameOf } from '../../consensus/agreement/driver.ts'
import { suite } from '../../harness.ts'
import { SignedBook } from './oracle/signed-book.ts'
import { isOffence, readStatement, statementText } from './oracle/statement.ts'

const test = suite('sim/cluster/statement')
const { id, content } = nameOf('A')
const vote: Message = { type: 'prevote', epoch: 3, round: 1, checkpoint: id, validRound: -1 }
const proposal: Message = { ...vote, type: 'proposal', content }
/** The same checkpoint over another cut. */
const swapped: Message = { ...proposal, content: nameOf('Ax').content }
const bytesOf = (message: Message) => messageBytes(chain, message)
const read = (message: Message) => readStatement(bytesOf(message))

test('T6: what was signed is read back whole', () => {
  const checkpoint = toHex(id.bytes)
  assert.equal(read(vote), { ...vote, checkpoint, content: null })
  assert.equal(read({ ...vote, checkpoint: null }), { ...vote, checkpoint: null, content: null })
  assert.equal(read(proposal), { ...proposal, checkpoint, content: toHex(content) })
})

test('two contents under one checkpoint are a lie, and told apart', () => {
  assert.is(`${nameOf('Ax').id}`, `${id}`)
  assert.not(isOffence(read(proposal), read(proposal)))
  assert.ok(isOffence(read(proposal), read(swapped)))
  assert.is.not(statementText(read(proposal)), statementText(read(swapped)))
})

test('T7: who is honest and proposes two contents under one checkpoint breaks the run', () => {
  const book = new SignedBook({
    officeOf: () => [{ key: 'one', stake: 1 }],
    isHonest: () => true,
    nameOf: key => key,
  })
  book.signed('one', bytesOf(proposal))
  book.signed('one', bytesOf(proposal))
  assert.throws(() => book.signed('one', bytesOf(swapped)), /^signs-twice: one signed proposal 3\/1/)
})
