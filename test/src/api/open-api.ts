import { type Api, type ApiLedger, type ApiOptions, startApi } from '../../../src/api/server.ts'

/** An API that has its ledger from the start. */
export async function openApi(options: ApiOptions & ApiLedger): Promise<Api> {
  const api = await startApi(options)
  api.open(options)
  return api
}
