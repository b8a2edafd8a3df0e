import { AppError } from '../../protocol/errors.ts'
import { isJsonObject, type Json } from '../../protocol/json.ts'
import { type Kind, word } from '../kinds.ts'
import type { SystemReader } from '../system.ts'

/** A table as it exists in the kernel. */
export interface LiveTable {
  /** Its content in a normalized form for comparison, without counters, handles and elements added by the rules themselves. */
  readonly rules: string
  /** Output of nft(8), which can be loaded again. */
  readonly listing: string
}

/** The table that a text for nft(8) creates, or why it is refused. */
export type WantedTable = { readonly rules: string } | { readonly refusal: string }

export interface TableLook {
  readonly text: string
  readonly live: LiveTable | undefined
  readonly wanted: WantedTable
}

export function tableName(): Kind<string> {
  const expected = 'a family and a name, such as `inet fleet`'
  return word(expected, /^(ip|ip6|inet|arp|bridge|netdev) [A-Za-z_][A-Za-z0-9_]*$/)
}

/** Default file of a table whose state does not set one. Pure. */
export function tableFile(name: string, config: string | undefined): string {
  return config ?? `/etc/nftables.d/${name.replace(' ', '-')}.nft`
}

/** Splits `inet fleet` into family and table. Pure. */
export function tableWords(name: string): readonly [family: string, table: string] {
  const [family = '', table = ''] = name.split(' ')
  return [family, table]
}

/** Prepends lines that delete an existing table of that name, so that the replacement is one transaction. Pure. */
export function withoutOldTable(name: string, text: string): string {
  return `table ${name}\ndelete table ${name}\n${text}`
}

/** Reads a table from the kernel; undefined when there is none. Throws PROGRAM_MISSING without nftables. */
export async function liveTable(system: SystemReader, name: string): Promise<LiveTable | undefined> {
  const words = ['list', 'table', ...tableWords(name)]
  const listed = await system.query(['nft', ...words])
  if (listed.exitCode !== 0 && /No such file or directory/.test(listed.stderr)) return undefined
  const asJson = listed.exitCode === 0 ? await system.query(['nft', '-j', ...words]) : listed
  if (asJson.exitCode !== 0) {
    throw new AppError({
      code: 'RULESET_UNREADABLE',
      message: `nft cannot list the table ${name}: ${asJson.stderr.trim()}`,
      hint: 'Try it on the host: `nft list ruleset`.',
    })
  }
  return { rules: normalRules(asJson.stdout), listing: listed.stdout }
}

/** Creates stand-ins for the interfaces that the text hooks into, since a new network namespace has none. */
const TRY_OUT = `family=$1 table=$2
shift 2
for device; do
  ip link show dev "$device" > /dev/null 2>&1 || ip link add "$device" type bridge || ip link add "$device" type dummy || exit 1
done
nft -f - && nft list tables >&2 && exec nft -j list table "$family" "$table"`

/** Lists interfaces whose hooks a text uses (family netdev). Pure. */
export function devicesOf(text: string): readonly string[] {
  const lists = [...text.matchAll(/\bhook\s+\w+\s+devices?\s*=?\s*(\{[^}]*\}|"[^"]+"|[\w.@-]+)/g)]
  const names = lists.flatMap(([, list = '']) => list.match(/[\w.@-]+/g) ?? [])
  return [...new Set(names)]
}

/**
 * Loads the text in a temporary network namespace: the only way to learn how the kernel reports it, and nothing on the host is
 * changed.
 */
export async function wantedTable(system: SystemReader, name: string, text: string): Promise<WantedTable> {
  const [family, table] = tableWords(name)
  const { exitCode, stdout, stderr } = await system.query(
    ['unshare', '--net', '--', '/bin/sh', '-c', TRY_OUT, 'sh', family, table, ...devicesOf(text)],
    { stdin: text },
  )
  if (exitCode !== 0) return { refusal: stderr.trim() }
  const others = stderr.split('\n').filter(line => line.startsWith('table ') && line !== `table ${name}`)
  if (others.length > 0) return { refusal: `it also creates ${others.join(', ')}: write one state for each table` }
  return { rules: normalRules(stdout) }
}

/** Throws RULESET_INVALID when the table was refused. */
export function assertWanted(name: string, wanted: WantedTable): asserts wanted is { readonly rules: string } {
  if ('rules' in wanted) return
  throw new AppError({
    code: 'RULESET_INVALID',
    message: `nft rejects the rules of the table ${name}: ${wanted.refusal.length > 1500 ? `${wanted.refusal.slice(0, 1500)}…` : wanted.refusal}`,
    hint: 'The table is unchanged. Correct the text or the values in it; `nft -c -f FILE` checks it.',
  })
}

/** Keys of counters and numbers that differ between two reads. */
const PASSING = ['handle', 'packets', 'bytes', 'used', 'index']

/** Normalizes the output of `nft -j list table` for comparison. Pure. */
function normalRules(text: string): string {
  const parsed = JSON.parse(text) as Json
  const all = isJsonObject(parsed) && Array.isArray(parsed['nftables']) ? (parsed['nftables'] as readonly Json[]) : []
  const parts = all.filter(part => !(isJsonObject(part) && 'metainfo' in part)).map(part => normal(part))
  return JSON.stringify(parts)
}

function normal(value: Json): Json {
  if (Array.isArray(value)) return value.map(item => normal(item as Json))
  if (!isJsonObject(value)) return value
  const entries = Object.entries(value).filter(([key]) => !PASSING.includes(key))
  return Object.fromEntries(
    entries.flatMap(([key, item]) => {
      if (key !== 'elem' || !Array.isArray(item)) return [[key, normal(item as Json)] as const]
      // Rules and timeouts change the elements of such a set; for other sets, the kernel keeps the elements in its own order.
      if (isFilledByRules(value)) return []
      const elements = item.map(element => normal(element as Json))
      return [[key, elements.map(element => JSON.stringify(element)).sort()] as const]
    }),
  )
}

function isFilledByRules({ flags }: { readonly [key: string]: Json | undefined }): boolean {
  return Array.isArray(flags) && (flags.includes('dynamic') || flags.includes('timeout'))
}
