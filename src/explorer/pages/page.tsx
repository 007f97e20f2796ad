import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

interface PageProps {
  /** Of the document too. */
  readonly title: string
  /** Small, above the title: what kind of thing it is. */
  readonly kind?: string
  readonly children: ComponentChildren
}

/** One page under its heading, which takes the focus when the page is come to. */
export function Page({ title, kind, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · openledger`
  }, [title])
  useEffect(() => {
    if (document.activeElement !== document.body || location.hash.length > 2)
      heading.current?.focus({ preventScroll: true })
    scrollTo(0, 0)
  }, [])
  return (
    <>
      <div class="heading">
        {kind !== undefined && <p class="eyebrow">{kind}</p>}
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
      </div>
      {children}
    </>
  )
}

interface SectionProps {
  readonly title: string
  /** A sentence of what is to be seen. */
  readonly lead?: ComponentChildren
  readonly children: ComponentChildren
}

export function Section({ title, lead, children }: SectionProps) {
  return (
    <section class="part">
      <h2>{title}</h2>
      {lead !== undefined && <p class="lead">{lead}</p>}
      {children}
    </section>
  )
}
