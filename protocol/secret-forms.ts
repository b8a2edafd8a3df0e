import { SHORTEST, SHORTEST_WORD } from './secret-matcher.ts'

export const HIDDEN = '***'

const LINE_END = /\r\n|[\r\n]/

/**
 * Lists all forms in which secret values can appear in a text: raw, line by line, escaped for JSON, URLs, forms, HTML and the
 * shell, in hex, in base64 at all three alignments, and in lines of dumps. The case of ASCII letters is ignored when matching.
 * Longest first. Pure.
 */
export function secretForms(secrets: readonly string[]): readonly string[] {
  const forms = new Set(secrets.filter(secret => secret.length >= SHORTEST_WORD).flatMap(formsOf))
  return [...forms].sort((a, b) => b.length - a.length)
}

/**
 * Lists values, and lines of them, that are too short to match inside other words, which would make every text unreadable; they
 * are redacted only where they stand alone. Pure.
 */
export function secretWords(secrets: readonly string[]): readonly string[] {
  const texts = secrets.flatMap(secret => [secret, ...secret.split(LINE_END)]).flatMap(text => [text, text.trim()])
  return [...new Set(texts.filter(({ length }) => length >= SHORTEST_WORD && length < SHORTEST))]
}

function formsOf(secret: string): readonly string[] {
  // Each line of a multi-line secret, such as a private key, can appear alone.
  const lines = secret.split(LINE_END).filter(line => line.length >= SHORTEST_WORD)
  // Programs often trim white space.
  const trimmed = [secret, ...lines].map(text => text.trim()).filter(text => text.length >= SHORTEST_WORD)
  const forms = [...new Set([secret, ...lines, ...trimmed])].flatMap(text => [
    ...caseForms(text),
    ...jsonForms(text),
    ...urlForms(text.toWellFormed()),
    text.replaceAll(/[&<>"']/g, letter => HTML[letter] ?? letter),
    text.replaceAll("'", String.raw`'\''`),
    text.replaceAll(/[^\w@%+=:,./\-\u0080-\u{10ffff}]/gu, letter => `\\${letter}`),
    ...base64Forms(text),
    ...hexForms(text),
  ])
  return [...forms, ...wrappedBase64(secret), ...hexLines(secret)].filter(form => form.length >= SHORTEST)
}

/** Case is not ignored for letters beyond ASCII, so both cases are listed. */
function caseForms(text: string): readonly string[] {
  return /[\u0080-\uffff]/.test(text) ? [text, text.toUpperCase(), text.toLowerCase()] : [text]
}

/** Bytes as printed by `xxd -p`, `openssl` and `od`, and as written in C and Python strings. */
function hexForms(text: string): readonly string[] {
  const bytes = hexBytes(text)
  return ['', ':', ' ', '\\x'].map(between => bytes.join(between))
}

/** Bytes per line with colons: openssl writes 15, or 16 and 20 for short values. */
const COLON_LINES: readonly number[] = [15, 16, 20]

/** Lines of a dump of the secret alone: by `xxd -p`, `xxd`, `od -tx1` or `hexdump -C` (half lines), and by openssl. */
function hexLines(secret: string): readonly string[] {
  const bytes = hexBytes(secret)
  const pairs = Array.from({ length: Math.ceil(bytes.length / 2) }, (_, at) => bytes.slice(2 * at, 2 * at + 2).join(''))
  const withColons = COLON_LINES.flatMap(size => inLines(bytes, size, ':'))
  return [...inLines(bytes, 30, ''), ...inLines(pairs, 8, ' '), ...inLines(bytes, 8, ' '), ...withColons]
}

function inLines(items: readonly string[], size: number, between: string): readonly string[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => {
    return items.slice(at * size, (at + 1) * size).join(between)
  })
}

function hexBytes(text: string): readonly string[] {
  return Buffer.from(text, 'utf8').toString('hex').match(/../g) ?? []
}

const HTML: { readonly [letter: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Escaped as in JavaScript, Python (ASCII only) and PHP (escaped slashes). */
function jsonForms(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1)
  const code = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  const ascii = json.replaceAll(/[^\x20-\x7e]/g, code)
  return [json, ascii, json.replaceAll('/', '\\/'), ascii.replaceAll('/', '\\/')]
}

/** Encoded as in paths by browsers, as by curl and Python (RFC 3986), and as in forms (a space becomes a plus). */
function urlForms(text: string): readonly string[] {
  const loose = encodeURIComponent(text)
  const strict = loose.replaceAll(/[!'()*]/g, letter => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
  const form = new URLSearchParams([['', text]]).toString().slice(1)
  const small = (encoded: string): string => encoded.replaceAll(/%[0-9A-F]{2}/g, code => code.toLowerCase())
  return [loose, strict, strict.replaceAll('%20', '+'), strict.replaceAll('%2F', '/'), form, small(strict)]
}

/** Lines in which `base64` and `openssl base64` print a long secret. */
function wrappedBase64(secret: string): readonly string[] {
  const encoded = Buffer.from(secret, 'utf8').toString('base64')
  return [76, 64].flatMap(width => {
    if (encoded.length <= width) return []
    const lines = encoded.match(new RegExp(`.{1,${width}}`, 'g')) ?? []
    return lines.filter(line => line.length >= SHORTEST)
  })
}

/** The part of the base64 text that does not depend on what comes before and after (three alignments). */
function base64Forms(text: string): readonly string[] {
  const bytes = Buffer.from(text, 'utf8')
  return [0, 1, 2].flatMap(shift => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const from = shift === 0 ? 0 : shift + 1
    const whole = Math.floor(((bytes.length + shift) * 8) / 6)
    const core = encoded.slice(from, whole)
    const url = core.replaceAll('+', '-').replaceAll('/', '_')
    return core.length >= SHORTEST ? [core, url] : []
  })
}
