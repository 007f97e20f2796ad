import { useEffect, useState } from 'preact/hooks'

const shownMs = 1_500

/** Puts a text on the clipboard, and says so. */
export function Copy({ text, what }: { readonly text: string; readonly what: string }) {
  const [told, setTold] = useState<string>()
  useEffect(() => {
    if (told === undefined) return
    const timer = setTimeout(() => setTold(undefined), shownMs)
    return () => clearTimeout(timer)
  }, [told])
  const copy = async () => {
    try {
      // Over plain HTTP from another machine there is no clipboard to ask.
      await navigator.clipboard.writeText(text)
      setTold('copied')
    } catch {
      setTold('the browser doesn’t allow it')
    }
  }
  return (
    <>
      <button type="button" class="copy" onClick={copy} aria-label={`Copy ${what}`} title={`Copy ${what}`}>
        <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
          <path d="M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z" fill="none" stroke="currentColor" stroke-width="1.3" />
        </svg>
      </button>
      <span class="told" role="status">
        {told}
      </span>
    </>
  )
}
