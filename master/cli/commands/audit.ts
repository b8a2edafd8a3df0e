import { InvalidArgumentError } from 'commander'
import { EXIT } from '../exit-codes.ts'
import { renderAudit, renderVerification } from '../render/audit.ts'
import { parseDuration } from '../render/time.ts'
import { defineAnswer, defineCommand, defineGroup, defineLocal } from './define.ts'
import { count, parsed, parsedOr, text } from './options.ts'

/** The commands about who did what. */
export const auditCommands = [
  defineGroup('audit', 'show who did what when, refusals too'),
  defineCommand({
    words: 'audit list',
    isDefault: true,
    help: 'the newest acts of operators',
    options: {
      operator: text('--operator <name>', 'only his'),
      verb: text('--verb <verb>', 'only this verb'),
      minion: text('--minion <minion>', 'only about this minion'),
      since: parsed('--since <time>', 'from then on: 2h, 3d, 2026-11-21 or 2026-11-21T10:00:00Z', moment),
      until: parsed('--until <time>', 'up to then', moment),
      limit: parsedOr('--limit <count>', 'how many, the newest', count, 50),
    },
    verb: 'audit',
    input: wanted => wanted,
    render: ({ acts }, style) => renderAudit(acts, style),
  }),
  defineLocal({
    words: 'audit verify',
    help: 'walk the whole log: find what was changed, dropped, put in another order or cut off',
    options: {
      against: text('--against <file>', 'lines of the journal that hold signed checkpoints, or - for stdin'),
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

/** A time as ISO 8601; one that is so long ago counts from now. */
function moment(value: string): string {
  const ago = parseDuration(value)
  if (ago !== undefined) return new Date(Date.now() - ago).toISOString()
  if (/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z?)?$/.test(value)) {
    const ms = Date.parse(value.length === 10 || value.endsWith('Z') ? value : `${value}Z`)
    if (!Number.isNaN(ms)) return new Date(ms).toISOString()
  }
  throw new InvalidArgumentError('A time is 2h, 3d, 2026-11-21 or 2026-11-21T10:00:00Z (UTC).')
}
