import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LabError } from './lab-error.ts'

/** A line `deb URI SUITE COMPONENT...`: a source of Debian 12 packages. */
export interface AptSource {
  readonly uri: string
  readonly suite: string
  readonly components: readonly string[]
  readonly signedBy: string | undefined
}

/** Parses a file in the one-line format (`sources.list`, `*.list`). */
export function parseOneLine(text: string): readonly AptSource[] {
  return text.split('\n').flatMap(line => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line)
    if (match === null) return []
    const [, options = '', uri = '', suite = '', components = ''] = match
    const signedBy = /(?:^|\s)signed-by=(\S+)/.exec(options)?.[1]
    return [{ uri, suite, components: words(components), signedBy }]
  })
}

/** Parses a file in the deb822 format (`*.sources`). */
export function parseDeb822(text: string): readonly AptSource[] {
  const withoutComments = text.split('\n').filter(line => !line.startsWith('#'))
  return withoutComments
    .join('\n')
    .split(/\n\s*\n/)
    .flatMap(stanza => {
      const fields = stanzaFields(stanza)
      const enabled = (fields.get('enabled') ?? 'yes').toLowerCase() !== 'no'
      if (!enabled || !words(fields.get('types') ?? '').includes('deb')) return []
      const components = words(fields.get('components') ?? '')
      return words(fields.get('uris') ?? '').flatMap(uri =>
        words(fields.get('suites') ?? '').map(suite => ({ uri, suite, components, signedBy: fields.get('signed-by') })),
      )
    })
}

/**
 * Keeps the sources that are Debian 12 itself, fetched over http(s). Other archives may use the same suite names, but have keys
 * of their own.
 */
export function debian12Sources(sources: readonly AptSource[]): readonly AptSource[] {
  return sources.filter(
    ({ uri, suite, components, signedBy }) =>
      /^https?:\/\//.test(uri) &&
      /^bookworm(-updates|-security)?$/.test(suite) &&
      components.includes('main') &&
      (signedBy === undefined || signedBy.includes('debian-archive')),
  )
}

/** Reads the machine's own sources below an apt directory and keeps those of Debian 12. */
export async function readMachineSources(etcApt = '/etc/apt'): Promise<readonly AptSource[]> {
  const parts = join(etcApt, 'sources.list.d')
  const names = await readdir(parts).catch(() => [])
  const paths = [join(etcApt, 'sources.list'), ...names.map(name => join(parts, name))]
  const all: AptSource[] = []
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch(() => '')
    if (path.endsWith('.sources')) all.push(...parseDeb822(text))
    if (path.endsWith('.list')) all.push(...parseOneLine(text))
  }
  const wanted = debian12Sources(all)
  if (wanted.some(source => source.suite === 'bookworm')) return wanted
  throw new LabError(
    `expected an apt source of Debian 12 (suite bookworm, component main, http or https), found none in ${paths.join(', ')}`,
  )
}

/** Formats a source as one line of `sources.list`. */
export function sourceLine({ uri, suite, components }: AptSource): string {
  return `deb ${uri} ${suite} ${components.join(' ')}`
}

function stanzaFields(stanza: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  let current = ''
  for (const line of stanza.split('\n')) {
    const match = /^([A-Za-z0-9-]+):\s*(.*)$/.exec(line)
    if (match !== null) {
      current = (match[1] ?? '').toLowerCase()
      fields.set(current, match[2] ?? '')
    } else if (current !== '') {
      fields.set(current, `${fields.get(current) ?? ''} ${line.trim()}`)
    }
  }
  return fields
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter(word => word !== '')
}
