import { render } from 'preact'
import { App } from './app.tsx'
import { nodeAddress } from './node-address.ts'

render(<App address={nodeAddress(location)} />, document.getElementById('app')!)
