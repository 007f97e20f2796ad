import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { ApiClient } from '../client/index.ts'
import { Context, type Surroundings } from './context.ts'
import { type Head, useHead } from './live.ts'
import { type NodeAddress, nodeHref } from './node-address.ts'
import { Account } from './pages/account.tsx'
import { Accounts } from './pages/accounts.tsx'
import { Assets } from './pages/assets.tsx'
import { Batch } from './pages/batch.tsx'
import { Epoch } from './pages/epoch.tsx'
import { Lost } from './pages/lost.tsx'
import { Overview } from './pages/overview.tsx'
import { RecordPage } from './pages/record.tsx'
import { Search } from './pages/search.tsx'
import { ValidatorsPage } from './pages/validators.tsx'
import { Verify } from './pages/verify.tsx'
import { Failure } from './parts/answered.tsx'
import { EpochLink } from './parts/epoch-link.tsx'
import { patientFetch } from './patient-fetch.ts'
import { hrefOf, type Place, placeOf } from './place.ts'
import { useNames } from './use-names.ts'

/** The whole explorer, asking one node. */
export function App({ address }: { readonly address: NodeAddress }) {
  const api = useMemo(() => new ApiClient(address.url, { fetch: patientFetch }), [address.url])
  const head = useHead(api, address.url)
  const names = useNames(api)
  const place = usePlace()
  const surroundings: Surroundings = { api, head, ...names }
  const main = useRef<HTMLElement>(null)
  return (
    <Context.Provider value={surroundings}>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <Header place={place} />
      {address.isFromDisk && <AddressBar address={address} />}
      <main ref={main} tabIndex={-1}>
        {head.error !== undefined && <Failure error={head.error} what="the node’s status" />}
        <Shown key={location.hash} place={place} />
      </main>
      <Footer address={address} head={head} />
    </Context.Provider>
  )
}

function Shown({ place }: { readonly place: Place }) {
  switch (place.page) {
    case 'overview':
      return <Overview />
    case 'accounts':
      return <Accounts />
    case 'account':
      return <Account account={place.account} />
    case 'verify':
      return <Verify account={place.account} />
    case 'assets':
      return <Assets {...(place.kind === undefined ? {} : { kind: place.kind })} />
    case 'validators':
      return <ValidatorsPage />
    case 'epoch':
      return <Epoch epoch={place.epoch} />
    case 'record':
      return <RecordPage of={place.ref} />
    case 'batch':
      return <Batch cid={place.cid} />
    case 'search':
      return <Search text={place.text} />
    case 'lost':
      return <Lost />
  }
}

function usePlace(): Place {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const change = () => setHash(location.hash)
    addEventListener('hashchange', change)
    return () => removeEventListener('hashchange', change)
  }, [])
  return useMemo(() => placeOf(hash), [hash])
}

const tabs = [
  { place: { page: 'overview' }, name: 'Overview' },
  { place: { page: 'accounts' }, name: 'Accounts' },
  { place: { page: 'assets' }, name: 'Assets' },
  { place: { page: 'validators' }, name: 'Validators' },
] as const satisfies readonly { place: Place; name: string }[]

function Header({ place }: { readonly place: Place }) {
  return (
    <header>
      <a class="brand" href="#/">
        openledger
      </a>
      <nav aria-label="Pages">
        {tabs.map(tab => (
          <a
            key={tab.name}
            href={hrefOf(tab.place)}
            {...(tab.place.page === place.page ? { 'aria-current': 'page' } : {})}
          >
            {tab.name}
          </a>
        ))}
      </nav>
      <SearchField text={place.page === 'search' ? place.text : ''} />
    </header>
  )
}

function SearchField({ text }: { readonly text: string }) {
  const field = useRef<HTMLInputElement>(null)
  const go = (event: SubmitEvent) => {
    event.preventDefault()
    const wanted = field.current?.value.trim() ?? ''
    if (wanted !== '') location.hash = hrefOf({ page: 'search', text: wanted })
  }
  return (
    <search>
      <form onSubmit={go}>
        <input
          key={text}
          ref={field}
          type="search"
          defaultValue={text}
          aria-label="Search by id, epoch or name"
          placeholder="Account, record, epoch, name…"
          maxLength={128}
          autocomplete="off"
          spellcheck={false}
        />
        <button type="submit">Search</button>
      </form>
    </search>
  )
}

function AddressBar({ address }: { readonly address: NodeAddress }) {
  const field = useRef<HTMLInputElement>(null)
  const go = (event: SubmitEvent) => {
    event.preventDefault()
    location.assign(nodeHref(field.current?.value ?? ''))
  }
  return (
    <form class="address" onSubmit={go}>
      <label>
        Node{' '}
        <input
          ref={field}
          type="url"
          required
          defaultValue={address.url}
          placeholder="http://127.0.0.1:8650"
          spellcheck={false}
        />
      </label>
      <button type="submit">Ask this node</button>
    </form>
  )
}

function Footer({ address, head: { status } }: { readonly address: NodeAddress; readonly head: Head }) {
  return (
    <footer>
      <p>
        What is shown here is the word of the node at <span class="mono">{address.url}</span>
        {status !== undefined && (
          <>
            , openledger {status.version}
            {status.epoch > 0 && (
              <>
                , as of epoch <EpochLink of={status.epoch} />
              </>
            )}
            {status.syncing && ', which is still catching up with its peers'}
            {status.halted !== null && `, which takes part no more (${status.halted})`}
          </>
        )}
        . Only what “verify in this browser” lists as passed is proved.
      </p>
    </footer>
  )
}
