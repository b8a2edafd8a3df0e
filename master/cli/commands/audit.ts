import { InvalidArgumentError } from 'commander'
import { EXIT } from '../exit-codes.ts'
import { ACTIONS, renderAudit, renderVerification } from '../render/audit.ts'
import { parseDuration } from '../render/time.ts'
import { defineAnswer, defineCommand, defineGroup, defineLocal } from './define.ts'
import { count, parsed, parsedOr, text } from './options.ts'

/** Commands for the audit log. */
export const auditCommands = [
  defineGroup('audit', 'show who did what and when, including refusals'),
  defineCommand({
    words: 'audit list',
    isDefault: true,
    help: 'list the newest actions of operators',
    options: {
      operator: text('--operator <name>', 'only this operator'),
      verb: text('--verb <verb>', 'only this verb'),
      minion: text('--minion <minion>', 'only this minion'),
      since: parsed('--since <time>', 'start time: 2h, 3d, 2026-11-21 or 2026-11-21T10:00:00Z', moment),
      until: parsed('--until <time>', 'end time, in the same forms', moment),
      limit: parsedOr('--limit <count>', 'how many, newest last', count, 50),
    },
    verb: 'audit',
    input: wanted => wanted,
    table: ACTIONS,
    render: ({ acts }, style, { table }) => renderAudit(acts, style, table),
  }),
  defineLocal({
    words: 'audit verify',
    help: 'verify the whole log: find changed, removed or reordered entries',
    options: {
      against: text('--against <file>', 'journal lines with signed checkpoints, or - for stdin'),
    },
    answers: [
      defineAnswer({
        verb: 'audit-verify',
        render: renderVerification,
        exitCode: ({ ok }) => (ok ? EXIT.fine : EXIT.failed),
      }),
    ],
    invocation: ({ against }, { view, socket }) => ({ kind: 'audit-verify', against, view, socket }),
  }),
]

/** Parses a time to ISO 8601; a duration means that long before now. */
function moment(value: string): string {
  const ago = parseDuration(value)
  if (ago !== undefined) return new Date(Date.now() - ago).toISOString()
  if (/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z?)?$/.test(value)) {
    const ms = Date.parse(value.length === 10 || value.endsWith('Z') ? value : `${value}Z`)
    if (!Number.isNaN(ms)) return new Date(ms).toISOString()
  }
  throw new InvalidArgumentError('A time is 2h, 3d, 2026-11-21 or 2026-11-21T10:00:00Z (UTC).')
}
