import type { AuthorView } from '../ledger/author-view.ts'
import type { Outcome } from '../ledger/outcome.ts'
import type { Ref } from '../ref.ts'
import type { Fields } from './schema.ts'

/**
 * One kind of record: what its fields may be, and what it does to the ledger. A kind is one file and one line in the registry.
 * Its fields are known to the type system as `R`; the schema in `fields` is what makes that true for decoded bytes.
 */
export interface Kind<R extends { kind: string } = { kind: string }> {
  readonly name: R['kind']
  readonly fields: Fields
  /** Rules between fields that the bytes alone decide (R4); throws MalformedError. `where` names the record. */
  check?(record: R, where: string): void
  /** Refs the record holds, so that a batch can prove that they point backwards and a sender can wait for them. */
  refs(record: R): readonly Ref[]
  /** Executes the record for its author (E1) and tells the outcome. A failed record has changed nothing. */
  apply(record: R, view: AuthorView): Outcome
}
