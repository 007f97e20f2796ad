/** A small economy from its first datanet to its last receipt, which can be played over and over: nothing of it stays open. */

type Line = Readonly<Record<string, unknown>>

const providers = 3
const inferencesEach = 600
const actionsEach = 4
/** More than the fees of one wave; what is left comes back when the session is closed. */
const depositOpen = '1'
/** No run lasts long enough to spend it on fees. */
const fundOpen = '100000'

const each = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** The actors of one stream: an account is written to by one wave at a time. */
export class Cast {
  readonly curator: string
  readonly gatherer: string
  readonly editor: string
  readonly builder: string
  readonly providers: readonly string[]
  readonly payers: readonly string[]

  constructor(stream: number) {
    const named = (name: string) => `${name}-${stream}`
    this.curator = named('curator')
    this.gatherer = named('gatherer')
    this.editor = named('editor')
    this.builder = named('builder')
    this.providers = each(providers).map(i => named(`provider${i}`))
    this.payers = each(providers).map(i => named(`payer${i}`))
  }

  get all(): readonly string[] {
    return [this.curator, this.gatherer, this.editor, this.builder, ...this.providers, ...this.payers]
  }
}

export function fundLines({ payers }: Cast): Line[] {
  return payers.map(actor => ({ actor, do: 'fund', amount: fundOpen }))
}

/** `name` makes its contents differ from those of all other waves. */
export function waveLines(cast: Cast, name: string): Line[] {
  return [...buildLines(cast, name), ...cast.payers.flatMap((_, i) => useLines(cast, i))]
}

function buildLines({ curator, gatherer, editor, builder }: Cast, name: string): Line[] {
  const content = (what: string) => ({ text: `${what} of ${name}` })
  return [
    { actor: curator, do: 'datanet', as: 'net', name, originShare: 0.4, ownerShare: 0.05 },
    ...each(4).map(i => ({
      actor: gatherer,
      do: 'contribution',
      as: `raw${i}`,
      datanet: '@net',
      content: content(`raw ${i}`),
    })),
    ...each(2).map(i => ({
      actor: editor,
      do: 'refinement',
      as: `fine${i}`,
      datanet: '@net',
      parents: [
        [`@raw${2 * i}`, 0.7],
        [`@raw${2 * i + 1}`, 0.3],
      ],
      content: content(`refined ${i}`),
    })),
    { actor: builder, do: 'model', as: 'model', name, data: [['@net', 1]], price: { in: '0.001', out: '0.003' } },
    { actor: builder, do: 'agent', as: 'agent', name, models: [['@model', 1]], baseShare: 0.3 },
  ]
}

/** One payer's money at one provider, from the session to its close. */
function useLines({ payers, providers, gatherer }: Cast, i: number): Line[] {
  const [payer, provider, session] = [payers[i]!, providers[i]!, `session${i}`]
  const inference = (number: number) => `answer${i}-${number}`
  return [
    { actor: payer, do: 'session', as: session, payee: `@@${provider}`, deposit: depositOpen },
    ...each(inferencesEach).map(number => ({
      actor: provider,
      do: 'inference',
      as: inference(number),
      session: `@${session}`,
      model: '@model',
      tokensIn: 300,
      tokensOut: 50,
      fee: '0.001',
      uses: [
        [`@fine${number % 2}`, 0.75],
        [`@raw${number % 4}`, 0.25],
      ],
    })),
    ...each(actionsEach).map(number => ({
      actor: provider,
      do: 'action',
      session: `@${session}`,
      agent: '@agent',
      fee: '0.01',
      calls: [`@${inference(number)}`],
    })),
    { actor: provider, do: 'close', session: `@${session}` },
    { actor: payer, do: 'transfer', to: `@@${gatherer}`, amount: '0.01' },
  ]
}
