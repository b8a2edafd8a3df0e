import { safe } from '../../../protocol/safe-text.ts'

/** Text that is already HTML; only `html` creates it. */
export interface Html {
  readonly html: string
}

type Part = Html | string | number | undefined | readonly Part[]

/** Builds HTML from a template and escapes values that are not Html. Lists are joined, undefined is empty. Pure. */
export function html(texts: TemplateStringsArray, ...values: readonly Part[]): Html {
  return { html: texts.map((text, index) => text + (index < values.length ? partOf(values[index]) : '')).join('') }
}

function partOf(value: Part): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return escapeHtml(value)
  if ('html' in value) return value.html
  return value.map(partOf).join('')
}

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

/**
 * Escapes text for use between tags and in quoted attributes; control characters and bidirectional marks become visible
 * escapes.
 */
function escapeHtml(text: string): string {
  return safe(text, { lines: true })
    .toWellFormed()
    .replaceAll(/[&<>"'`]/g, character => ENTITIES[character] ?? '')
}

/** Renders words between backticks as code. Pure. */
export function withCode(text: string): Html {
  const parts = text.split('`')
  // Show text with an unmatched backtick unchanged.
  if (parts.length % 2 === 0) return html`${text}`
  return html`${parts.map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`
}

/** Renders items until all that it has rendered would have more than so many bytes. */
export type Fill = <Item>(items: readonly Item[], render: (item: Item) => Html) => readonly Html[]

/** Makes a room of that size, which several lists share. */
export function roomOf(bytes: number): Fill {
  let room = bytes
  return (items, render) => {
    const shown: Html[] = []
    for (const item of items) {
      const block = render(item)
      room -= bytesOf(block)
      if (room < 0) break
      shown.push(block)
    }
    return shown
  }
}

/** Measures text as UTF-8. Pure. */
export function bytesOf({ html: text }: Html): number {
  return Buffer.byteLength(text)
}
