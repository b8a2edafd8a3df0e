import { entryOf, nameOfNode, type YamlMap, type YamlNode } from '../yaml/node.ts'
import type { Findings } from '../yaml/shape.ts'
import { suggest } from '../yaml/suggest.ts'
import { MAIL_TLS, type Recipient } from './entry.ts'

const KINDS = ['file', 'mail', 'webhook']
/** A plain address: no display name, and nothing that could end a header. */
const ADDRESS = /^[^\s<>()[\]\\,;:@"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/
const PILLAR_PATH = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/

/** Parses the `deliver` map from name to recipient. Pure. */
export function parseRecipients(node: YamlNode | undefined, findings: Findings): ReadonlyMap<string, Recipient> {
  const map = findings.map(node, '`deliver`')
  const found = new Map<string, Recipient>()
  for (const { key, keyPosition, value } of map?.entries ?? []) {
    if (!/^[a-z][a-z0-9-]{0,39}$/.test(key)) {
      findings.invalid(keyPosition, `a recipient name must be up to 40 of a-z, 0-9 and \`-\`, got \`${key}\``)
      continue
    }
    const recipient = parseRecipient(key, value, findings)
    if (recipient !== undefined) found.set(key, recipient)
  }
  return found
}

function parseRecipient(name: string, node: YamlNode, findings: Findings): Recipient | undefined {
  const body = findings.map(node, `\`${name}\``)
  if (body === undefined) return undefined
  findings.only(body, KINDS, `\`${name}\``)
  const [one, other] = body.entries.filter(({ key }) => KINDS.includes(key))
  if (one === undefined || other !== undefined) {
    findings.invalid(body.position, `\`${name}\` must have one of \`file\`, \`mail\` and \`webhook\``)
    return undefined
  }
  if (one.key === 'file') return parseFile(one.value, findings)
  const inner = findings.map(one.value, `\`${one.key}\``)
  if (inner === undefined) return undefined
  return one.key === 'mail' ? parseMail(inner, findings) : parseWebhook(inner, findings)
}

function parseFile(node: YamlNode, findings: Findings): Recipient | undefined {
  const directory = findings.text(node, '`file`')
  if (directory === undefined) return undefined
  if (directory.startsWith('/') && !directory.split('/').includes('..')) return { kind: 'file', directory }
  findings.invalid(node.position, `\`file\` must be the absolute path of a directory, got \`${directory}\``)
  return undefined
}

function parseMail(body: YamlMap, findings: Findings): Recipient | undefined {
  findings.only(body, ['to', 'from', 'smtp'], '`mail`')
  const of = (key: string): YamlNode | undefined => entryOf(body, key)?.value
  for (const key of ['to', 'from', 'smtp']) {
    if (of(key) === undefined) findings.invalid(body.position, `\`mail\` needs \`${key}\``)
  }
  const toNode = of('to')
  const toItems = toNode?.kind === 'list' ? toNode.items : toNode === undefined ? [] : [toNode]
  const to = toItems.flatMap(item => address(item, 'each of `to`', findings) ?? [])
  if (toNode !== undefined && toItems.length === 0)
    findings.invalid(toNode.position, '`to` must have at least one address')
  const from = address(of('from'), '`from`', findings)
  const smtp = findings.map(of('smtp'), '`smtp`')
  if (smtp === undefined) return undefined
  findings.only(smtp, ['host', 'port', 'tls', 'user', 'password_secret'], '`smtp`')
  const inner = (key: string): YamlNode | undefined => entryOf(smtp, key)?.value
  const host = findings.text(inner('host'), '`host`')
  if (inner('host') === undefined)
    findings.invalid(smtp.position, '`smtp` needs `host`', 'For example, write `host: mail.example`.')
  if (host !== undefined && !/^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$/.test(host)) {
    findings.invalid(inner('host')?.position ?? smtp.position, `\`${host}\` is not a host name or address`)
  }
  const user = findings.text(inner('user'), '`user`')
  const passwordSecret = pillarPath(inner('password_secret'), '`password_secret`', findings)
  if ((inner('user') === undefined) !== (inner('password_secret') === undefined)) {
    findings.invalid(smtp.position, '`user` and `password_secret` belong together')
  }
  const tls = tlsOf(inner('tls'), passwordSecret === undefined ? 'offered' : 'required', findings)
  if (tls === 'offered' && passwordSecret !== undefined) {
    findings.invalid(
      inner('tls')?.position ?? smtp.position,
      '`tls: offered` does not protect the password: a server without TLS, or with any certificate, would get it',
      'Write `tls: required`, or `tls: off` for a server on this machine.',
    )
  }
  const port = portOf(inner('port'), findings)
  if (host === undefined || from === undefined || to.length === 0) return undefined
  const login = user === undefined || passwordSecret === undefined ? {} : { user, passwordSecret }
  return { kind: 'mail', to, from, host, port, tls, ...login }
}

function parseWebhook(body: YamlMap, findings: Findings): Recipient | undefined {
  findings.only(body, ['url', 'secret'], '`webhook`')
  const node = entryOf(body, 'url')?.value
  if (node === undefined) findings.invalid(body.position, '`webhook` needs `url`')
  const url = findings.text(node, '`url`')
  const secret = pillarPath(entryOf(body, 'secret')?.value, '`secret`', findings)
  if (node === undefined || url === undefined) return undefined
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol)) {
    findings.invalid(node.position, '`url` must begin with https:// or http://')
    return undefined
  }
  if (parsed.username !== '' || parsed.password !== '') {
    findings.invalid(
      node.position,
      '`url` contains a user name or password',
      'Authenticate the sender with `secret`, a pillar path.',
    )
    return undefined
  }
  return { kind: 'webhook', url: parsed.href, ...(secret === undefined ? {} : { secret }) }
}

function address(node: YamlNode | undefined, what: string, findings: Findings): string | undefined {
  const text = findings.text(node, what)
  if (node === undefined || text === undefined) return undefined
  if (ADDRESS.test(text)) return text
  findings.invalid(
    node.position,
    `${what} must be a plain address, got ${nameOfNode(node)}`,
    'For example, write `ops@example.org`.',
  )
  return undefined
}

/** The file must not contain a sealed value here, only its path in the pillar. */
function pillarPath(node: YamlNode | undefined, what: string, findings: Findings): string | undefined {
  const text = findings.text(node, what)
  if (node === undefined || text === undefined) return undefined
  if (PILLAR_PATH.test(text)) return text
  findings.invalid(
    node.position,
    `${what} must be the path of a pillar value`,
    'Seal it with `master pillar set mail.password < file`, and write `mail.password` here.',
  )
  return undefined
}

function tlsOf(
  node: YamlNode | undefined,
  otherwise: (typeof MAIL_TLS)[number],
  findings: Findings,
): (typeof MAIL_TLS)[number] {
  // Unquoted `off` is text in YAML 1.2.
  const text = findings.text(node, '`tls`')
  if (node === undefined || text === undefined) return otherwise
  const found = MAIL_TLS.find(word => word === text)
  if (found !== undefined) return found
  const near = suggest(text, MAIL_TLS)
  const hint = near === undefined ? undefined : `Did you mean \`${near}\`?`
  findings.invalid(node.position, `\`tls\` must be one of ${MAIL_TLS.join(', ')}, got \`${text}\``, hint)
  return otherwise
}

function portOf(node: YamlNode | undefined, findings: Findings): number {
  if (node === undefined) return 25
  const value = node.kind === 'scalar' ? node.value : undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535) return value
  findings.invalid(node.position, `\`port\` must be a number from 1 to 65535, got ${nameOfNode(node)}`)
  return 25
}
