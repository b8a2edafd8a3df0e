import { safe } from '../../../protocol/safe-text.ts'

/** Text that is HTML already; nothing but `html` makes it. */
export interface Html {
  readonly html: string
}

type Part = Html | string | number | undefined | readonly Part[]

/** A template whose values are escaped, unless they are Html themselves. Lists are joined, undefined is nothing. Pure. */
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

/** Harmless between tags and inside quoted attributes; controls and marks that turn writing round are shown as escapes. */
function escapeHtml(text: string): string {
  return safe(text, { lines: true })
    .toWellFormed()
    .replaceAll(/[&<>"'`]/g, character => ENTITIES[character] ?? '')
}

/** Text in which words between backticks are set as code. Pure. */
export function withCode(text: string): Html {
  const parts = text.split('`')
  // An odd last backtick has no partner: the text is shown as it is.
  if (parts.length % 2 === 0) return html`${text}`
  return html`${parts.map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`
}
