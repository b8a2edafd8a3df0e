import { createHash, createPublicKey, createVerify } from 'node:crypto'

/** The content of a DKIM signature, and whether it is valid (RFC 6376, rsa-sha256, relaxed/simple). */
export interface DkimVerdict {
  readonly domain: string
  readonly selector: string
  readonly holds: boolean
}

/** Verifies each signature of a mail with the public keys published in zones, `selector._domainkey.domain` -> `p=`. */
export function verifyDkim(raw: string, keys: ReadonlyMap<string, string>): readonly DkimVerdict[] {
  const mail = raw.replaceAll(/\r?\n/g, '\r\n')
  const end = mail.indexOf('\r\n\r\n')
  const headers = mail.slice(0, end).split(/\r\n(?![ \t])/)
  const body = mail.slice(end + 4)
  return headers
    .filter(header => /^dkim-signature:/i.test(header))
    .map(signature => judge(signature, headers, body, keys))
}

function judge(
  signature: string,
  headers: readonly string[],
  body: string,
  keys: ReadonlyMap<string, string>,
): DkimVerdict {
  const tags = tagsOf(signature.slice(signature.indexOf(':') + 1))
  const [domain = '', selector = ''] = [tags.get('d'), tags.get('s')]
  const key = keys.get(`${selector}._domainkey.${domain}`)
  const simple = `${body.replace(/(\r\n)*$/, '')}\r\n`
  const sameBody = createHash('sha256').update(simple).digest('base64') === tags.get('bh')?.replaceAll(/\s/g, '')
  const plain = tags.get('a') === 'rsa-sha256' && tags.get('c') === 'relaxed/simple'
  if (key === undefined || !sameBody || !plain) return { domain, selector, holds: false }
  const rest = [...headers]
  const signed = (tags.get('h') ?? '').split(':').map(name => {
    // Headers are taken from the bottom up. A listed name without a remaining header counts as empty, so adding one later
    // breaks the signature.
    const at = rest.findLastIndex(header => header.toLowerCase().startsWith(`${name.trim().toLowerCase()}:`))
    const [header = ''] = at < 0 ? [] : rest.splice(at, 1)
    return header === '' ? '' : `${relaxed(header)}\r\n`
  })
  const verifier = createVerify('sha256')
  verifier.update(signed.join('') + relaxed(signature.replace(/(\bb=)[^;]*/, '$1')))
  const publicKey = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' })
  const holds = verifier.verify(publicKey, Buffer.from(tags.get('b')?.replaceAll(/\s/g, '') ?? '', 'base64'))
  return { domain, selector, holds }
}

function tagsOf(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(';').map(tag => tag.trim())
  return new Map(
    pairs.filter(tag => tag !== '').map(tag => [tag.slice(0, tag.indexOf('=')), tag.slice(tag.indexOf('=') + 1)]),
  )
}

function relaxed(header: string): string {
  const name = header.slice(0, header.indexOf(':')).trim().toLowerCase()
  const value = header.slice(header.indexOf(':') + 1).replaceAll(/\r\n/g, '')
  return `${name}:${value.replaceAll(/[ \t]+/g, ' ').trim()}`
}

/** Reads public keys from zone lines such as the role mail exports. */
export function publishedKeys(zone: string): ReadonlyMap<string, string> {
  const records = zone.split('\n').flatMap(line => {
    const [, name] = /^(\S+\._domainkey\.\S+)\. \d+ IN TXT /.exec(line) ?? []
    const text = [...line.matchAll(/"([^"]*)"/g)].map(([, part]) => part).join('')
    const [, key] = /^v=DKIM1; k=rsa; p=(\S+)$/.exec(text) ?? []
    return name === undefined || key === undefined ? [] : [[name, key] as const]
  })
  return new Map(records)
}
