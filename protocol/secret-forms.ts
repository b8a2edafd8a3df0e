/** Shorter values would hide half of every text. */
const SHORTEST = 6
export const HIDDEN = '***'

/** Where our own texts were cut: what stands after the first, or before the second, may be a piece of a secret. */
const CUT_BEFORE = /left out \.\.\.\n/g
const CUT_AFTER = /…|\n\.\.\. \d+ characters of /g

/**
 * All shapes in which secret values can stand in a text: raw and each of their lines, escaped for JSON, URLs, forms, HTML
 * and the shell, base64 at all three alignments, and in lines. The longest first. Pure.
 */
export function secretForms(secrets: readonly string[]): readonly string[] {
  const forms = new Set(secrets.filter(secret => secret.length >= SHORTEST).flatMap(formsOf))
  return [...forms].sort((a, b) => b.length - a.length)
}

/** Takes secret values out of texts, in whatever form they stand there, also where a text was cut in the middle of one. Pure. */
export function secretHider(secrets: readonly string[]): (text: string) => string {
  const forms = secretForms(secrets)
  return text =>
    hidePieces(
      forms.reduce((rest, form) => rest.replaceAll(form, HIDDEN), text),
      forms,
    )
}

function hidePieces(text: string, forms: readonly string[]): string {
  const behind = [...text.matchAll(CUT_BEFORE)].map(({ 0: mark, index }) => index + mark.length)
  const ahead = [...text.matchAll(CUT_AFTER)].map(({ index }) => index)
  if (behind.length === 0 && ahead.length === 0) return text
  const pieces = [
    ...behind.map(at => {
      const fits = (form: string, size: number): boolean => text.startsWith(form.slice(form.length - size), at)
      return { from: at, to: at + longestPiece(forms, fits) }
    }),
    ...ahead.map(at => {
      const fits = (form: string, size: number): boolean => text.endsWith(form.slice(0, size), at)
      return { from: at - longestPiece(forms, fits), to: at }
    }),
  ]
  return pieces
    .filter(({ from, to }) => to > from)
    .sort((a, b) => b.from - a.from)
    .reduce((rest, { from, to }) => rest.slice(0, from) + HIDDEN + rest.slice(to), text)
}

/** How much of any form fits, but for all of it; a few letters are no secret. */
function longestPiece(forms: readonly string[], fits: (form: string, size: number) => boolean): number {
  let longest = SHORTEST - 1
  for (const form of forms) {
    for (let size = form.length - 1; size > longest; size--) if (fits(form, size)) longest = size
  }
  return longest < SHORTEST ? 0 : longest
}

function formsOf(secret: string): readonly string[] {
  // Each line of a secret of many lines can come alone, such as those of a private key.
  const lines = secret.split('\n').filter(line => line.length >= SHORTEST)
  // And without the blanks at its ends, which programs cut off.
  const trimmed = [secret, ...lines].map(text => text.trim()).filter(text => text.length >= SHORTEST)
  const forms = [...new Set([secret, ...lines, ...trimmed])].flatMap(text => [
    text,
    ...jsonForms(text),
    ...urlForms(text.toWellFormed()),
    text.replaceAll(/[&<>"']/g, letter => HTML[letter] ?? letter),
    text.replaceAll("'", String.raw`'\''`),
    text.replaceAll(/[^\w@%+=:,./\-\u0080-\u{10ffff}]/gu, letter => `\\${letter}`),
    ...base64Forms(text),
  ])
  return [...forms, ...wrappedBase64(secret)]
}

const HTML: { readonly [letter: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** As JavaScript writes it, as Python does (ASCII only), and as PHP does (slashes escaped). */
function jsonForms(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1)
  const code = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  const ascii = json.replaceAll(/[^\x20-\x7e]/g, code)
  return [json, ascii, json.replaceAll('/', '\\/'), ascii.replaceAll('/', '\\/')]
}

/** As browsers write it in a path, as curl and Python do (RFC 3986), and as forms do (a blank is a plus). */
function urlForms(text: string): readonly string[] {
  const loose = encodeURIComponent(text)
  const strict = loose.replaceAll(/[!'()*]/g, letter => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
  const form = new URLSearchParams([['', text]]).toString().slice(1)
  const small = (encoded: string): string => encoded.replaceAll(/%[0-9A-F]{2}/g, code => code.toLowerCase())
  return [loose, strict, strict.replaceAll('%20', '+'), strict.replaceAll('%2F', '/'), form, small(strict)]
}

/** The lines in which `base64` and `openssl base64` print a long secret. */
function wrappedBase64(secret: string): readonly string[] {
  const encoded = Buffer.from(secret, 'utf8').toString('base64')
  return [76, 64].flatMap(width => {
    if (encoded.length <= width) return []
    const lines = encoded.match(new RegExp(`.{1,${width}}`, 'g')) ?? []
    return lines.filter(line => line.length >= SHORTEST)
  })
}

/** The part of the base64 text that is the same whatever stands before and after (three alignments). */
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
