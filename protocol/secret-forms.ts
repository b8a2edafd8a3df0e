/** Shorter values would hide half of every text. */
const SHORTEST = 6
export const HIDDEN = '***'

/**
 * All shapes in which secret values can stand in a text: raw and each of their lines, JSON-escaped, URL-encoded,
 * shell-quoted, base64 at all three alignments, and in lines. The longest first. Pure.
 */
export function secretForms(secrets: readonly string[]): readonly string[] {
  const forms = new Set(secrets.filter(secret => secret.length >= SHORTEST).flatMap(formsOf))
  return [...forms].sort((a, b) => b.length - a.length)
}

/** Takes secret values out of texts, in whatever form they stand there. Pure. */
export function secretHider(secrets: readonly string[]): (text: string) => string {
  const forms = secretForms(secrets)
  return text => forms.reduce((rest, form) => rest.replaceAll(form, HIDDEN), text)
}

function formsOf(secret: string): readonly string[] {
  // Each line of a secret of many lines can come alone, such as those of a private key.
  const lines = secret.split('\n').filter(line => line.length >= SHORTEST)
  const forms = [...new Set([secret, ...lines])].flatMap(text => [
    text,
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text.toWellFormed()),
    text.replaceAll("'", String.raw`'\''`),
    ...base64Forms(text),
  ])
  return [...forms, ...wrappedBase64(secret)]
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
