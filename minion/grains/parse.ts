/** Parses os-release(5). Pure. */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const pairs = text.split('\n').flatMap(line => {
    const [, key, value] = /^([A-Z_]+)=(.*)$/.exec(line.trim()) ?? []
    return key === undefined || value === undefined ? [] : [[key, value.replace(/^(["'])(.*)\1$/, '$2')] as const]
  })
  return new Map(pairs)
}

/** The family of a distribution: the nearest one in ID_LIKE, or else its own ID. Pure. */
export function osFamilyOf(release: ReadonlyMap<string, string>): string {
  const [first] = (release.get('ID_LIKE') ?? '').split(' ')
  return first === undefined || first === '' ? (release.get('ID') ?? 'linux') : first
}

/** False for loopback and link-local addresses, which mean nothing to other hosts. Pure. */
export function isTellable(address: string): boolean {
  return !/^(127\.|169\.254\.|::1$|fe80:)/i.test(address)
}
