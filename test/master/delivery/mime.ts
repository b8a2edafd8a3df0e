/** A decoded part of a mail. */
export interface MimePart {
  readonly headers: ReadonlyMap<string, string>
  /** The type without its parameters. */
  readonly type: string
  readonly bytes: Uint8Array
  readonly parts: readonly MimePart[]
}

/** Parses a mail strictly: a duplicate header, or a multipart without an end, is an error. */
export function parseMime(raw: string): MimePart {
  const split = raw.indexOf('\r\n\r\n')
  if (split < 0) throw new Error('a mail without a body')
  const headers = new Map<string, string>()
  for (const line of raw
    .slice(0, split)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n')) {
    const [, name, value] = /^([A-Za-z-]+): (.*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) throw new Error(`no header: ${line}`)
    if (headers.has(name.toLowerCase())) throw new Error(`the header ${name} stands twice`)
    headers.set(name.toLowerCase(), value)
  }
  const content = headers.get('content-type') ?? 'text/plain'
  const type = (content.split(';')[0] ?? '').trim()
  const body = raw.slice(split + 4)
  if (!type.startsWith('multipart/')) return { headers, type, bytes: decode(body, headers), parts: [] }
  const boundary = /boundary="([^"]+)"/.exec(content)?.[1]
  if (boundary === undefined || !body.includes(`--${boundary}--`)) throw new Error(`a ${type} without an end`)
  const [inner = ''] = body.split(`--${boundary}--`)
  const parts = inner.split(`--${boundary}\r\n`).slice(1)
  return { headers, type, bytes: new Uint8Array(), parts: parts.map(part => parseMime(part.replace(/\r\n$/, ''))) }
}

/** Decodes a header with encoded words. */
export function decodedWords(text: string): string {
  return text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?UTF-8\?([QB])\?([^?]*)\?=/gi, (_all, how: string, words: string) =>
      how.toUpperCase() === 'B'
        ? Buffer.from(words, 'base64').toString()
        : Buffer.from(fromQuoted(words.replaceAll('_', ' '))).toString(),
    )
}

function decode(body: string, headers: ReadonlyMap<string, string>): Uint8Array {
  switch (headers.get('content-transfer-encoding')) {
    case 'base64':
      return new Uint8Array(Buffer.from(body.replaceAll('\r\n', ''), 'base64'))
    case 'quoted-printable':
      return fromQuoted(body.replaceAll('=\r\n', ''))
    default:
      return new Uint8Array(Buffer.from(body, 'latin1'))
  }
}

function fromQuoted(text: string): Uint8Array {
  const clear = text.replaceAll(/=([0-9A-F]{2})/gi, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return new Uint8Array(Buffer.from(clear, 'latin1'))
}
