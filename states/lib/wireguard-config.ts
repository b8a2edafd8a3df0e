/** Configurations of wg-quick(8) as text. Pure. */

/** A WireGuard key as in wg(8): 32 bytes in base64. */
export function isWireguardKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(text)
}

/** Checks a configuration to which the private key is added later; returns one sentence per problem. */
export function faultsOf(text: string): readonly string[] {
  const faults: string[] = []
  const sections = text.match(/^[ \t]*\[.*$/gm)?.map(line => line.trim().toLowerCase()) ?? []
  if (sections[0] !== '[interface]' || sections.filter(one => one === '[interface]').length !== 1) {
    faults.push('`contents` must begin with the one section `[Interface]`')
  }
  const other = sections.find(one => one !== '[interface]' && one !== '[peer]')
  if (other !== undefined)
    faults.push(`\`contents\` has the section \`${other}\`; only \`[Interface]\` and \`[Peer]\` are allowed`)
  if (/^[ \t]*PrivateKey\b/im.test(text))
    faults.push('`contents` contains a private key: leave it out, the minion inserts it on the host')
  return faults
}

/** Inserts the private key into a configuration. */
export function withPrivateKey(text: string, key: string): string {
  return text.replace(/^([ \t]*\[interface\].*)$/im, (_line, section: string) => `${section}\nPrivateKey = ${key}`)
}

/**
 * The part that only a restart applies: everything before the first peer, except the private key, the port and the firewall
 * mark.
 */
export function linkPart(text: string): string {
  const [before = ''] = text.split(/^[ \t]*\[peer\]/im)
  const lines = before.split('\n').map(line => line.replace(/#.*$/, '').replaceAll(/[ \t]+/g, ''))
  return lines.filter(line => line !== '' && !/^(privatekey|listenport|fwmark)=/i.test(line)).join('\n')
}

/** Maps each public key in a configuration to its number of networks. */
export function peersIn(text: string): ReadonlyMap<string, number> {
  const [, ...sections] = text.split(/^[ \t]*\[peer\].*$/im)
  return new Map(
    sections.map(section => {
      const of = (name: string): readonly string[] =>
        [...section.matchAll(new RegExp(`^[ \\t]*${name}[ \\t]*=(.*)$`, 'gim'))].map(([, value = '']) => value.trim())
      const networks = of('AllowedIPs').flatMap(value => value.split(',').filter(one => one.trim() !== ''))
      return [of('PublicKey')[0] ?? '', networks.length]
    }),
  )
}

/** The same from the output of `wg show NAME allowed-ips`. */
export function peersShown(output: string): ReadonlyMap<string, number> {
  const lines = output.split('\n').filter(line => line !== '')
  return new Map(
    lines.map(line => {
      const [key = '', networks = ''] = line.split('\t')
      return [key, networks.split(' ').filter(one => one !== '' && one !== '(none)').length]
    }),
  )
}
