/**
 * The client of a node's API as one module, for Node and for pages: `ApiClient` asks, `LightSource` gives a light verifier what it
 * checks. What comes back has the types that the node declares.
 */

export { LedgerError } from '../../consensus/errors.ts'
export { ApiClient, type ApiClientOptions } from './api-client.ts'
export type { DataAt, InputAt, PathOf } from './calls.ts'
export type { StreamEvent } from './event-reader.ts'
export { LightSource } from './light-source.ts'
export type { Fetch, Received, Sent, Transport } from './transport.ts'
