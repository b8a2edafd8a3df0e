import type { TokenRow } from '../../verbs/join-tokens.ts'
import type { Style } from './style.ts'
import { renderTable, type Table, type TableWish, timeColumn } from './table.ts'

export const TOKENS: Table<TokenRow> = [
  { name: 'token', cell: ({ token }) => token },
  { name: 'state', cell: ({ state }) => state },
  { name: 'used', rank: 4, cell: ({ used, uses }) => `${used}/${uses}` },
  { name: 'level', wraps: 8, rank: 3, cell: ({ level }) => level ?? '-' },
  { name: 'roles', wraps: 10, rank: 2, cell: ({ roles }) => roles.join(',') || '-' },
  { name: 'minion', cell: ({ minion }) => minion ?? '-' },
  timeColumn('expires', ({ expiresAt }) => expiresAt, { rank: 1 }),
  timeColumn('created', ({ createdAt }) => createdAt, { extra: true }),
]

export function renderTokens(tokens: readonly TokenRow[], style: Style, wish?: TableWish): string {
  return renderTable(TOKENS, tokens, style, wish) || 'no join tokens\n'
}
