import { AppError } from '../../protocol/errors.ts'
import { isJsonObject, type Json } from '../../protocol/json.ts'
import { type Kind, word } from '../kinds.ts'
import type { SystemReader } from '../system.ts'

/** A table that the kernel has. */
export interface LiveTable {
  /** What it says, in one form for equal tables: without counters, handles and what is added by the rules themselves. */
  readonly rules: string
  /** As nft(8) prints it, to be loaded again. */
  readonly listing: string
}

/** What a text of nft(8) makes, or why it makes nothing. */
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

/** Where a table is kept when its state does not say it. Pure. */
export function tableFile(name: string, config: string | undefined): string {
  return config ?? `/etc/nftables.d/${name.replace(' ', '-')}.nft`
}

/** `inet fleet` as two words. Pure. */
export function tableWords(name: string): readonly [family: string, table: string] {
  const [family = '', table = ''] = name.split(' ')
  return [family, table]
}

/** The text, after lines that take away the table of that name if it is there: all of it is one transaction. Pure. */
export function withoutOldTable(name: string, text: string): string {
  return `table ${name}\ndelete table ${name}\n${text}`
}

/** undefined: there is none. PROGRAM_MISSING without nftables. */
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

/** Interfaces that the text hooks into are stood in for: a network of its own has none. */
const TRY_OUT = `family=$1 table=$2
shift 2
for device; do
  ip link show dev "$device" > /dev/null 2>&1 || ip link add "$device" type bridge || ip link add "$device" type dummy || exit 1
done
nft -f - && nft list tables >&2 && exec nft -j list table "$family" "$table"`

/** Interfaces whose hooks a text uses (family netdev). Pure. */
export function devicesOf(text: string): readonly string[] {
  const lists = [...text.matchAll(/\bhook\s+\w+\s+devices?\s*=?\s*(\{[^}]*\}|"[^"]+"|[\w.@-]+)/g)]
  const names = lists.flatMap(([, list = '']) => list.match(/[\w.@-]+/g) ?? [])
  return [...new Set(names)]
}

/**
 * The same text in a network of its own that is gone afterwards: only so is it known how the kernel tells it, and nothing
 * of the host is touched.
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

/** RULESET_INVALID. */
export function assertWanted(name: string, wanted: WantedTable): asserts wanted is { readonly rules: string } {
  if ('rules' in wanted) return
  throw new AppError({
    code: 'RULESET_INVALID',
    message: `nft rejects the rules of the table ${name}: ${wanted.refusal.length > 1500 ? `${wanted.refusal.slice(0, 1500)}…` : wanted.refusal}`,
    hint: 'The table is unchanged. Correct the text or the values in it; `nft -c -f FILE` checks it.',
  })
}

/** Names of what counts or is numbered, and differs from one look to the next. */
const PASSING = ['handle', 'packets', 'bytes', 'used', 'index']

/** What `nft -j list table` prints, in one form for equal tables. Pure. */
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
      // Rules and time fill and empty such a set; of any other the kernel keeps the elements in its own order.
      if (isFilledByRules(value)) return []
      const elements = item.map(element => normal(element as Json))
      return [[key, elements.map(element => JSON.stringify(element)).sort()] as const]
    }),
  )
}

function isFilledByRules({ flags }: { readonly [key: string]: Json | undefined }): boolean {
  return Array.isArray(flags) && (flags.includes('dynamic') || flags.includes('timeout'))
}
