/** Where a browser on this machine finds the node's page: no browser can open "every address". */
export function explorerLink(api: string): string {
  return `${api.replace(/^http:\/\/(0\.0\.0\.0|\[::\])(?=[:/]|$)/, 'http://127.0.0.1')}/`
}
