import { bytesText } from '../../../protocol/amounts.ts'
import type { SessionLine } from '../../verbs/sessions.ts'
import { type Style, safe } from './style.ts'
import { type Cell, renderTable, type Table, type TableWish, timeColumn } from './table.ts'
import { duration, moment } from './time.ts'

export const SESSIONS: Table<SessionLine> = [
  { name: 'session', cell: ({ session }) => session },
  timeColumn('begun', ({ openedAt }) => openedAt, { rank: 1, folds: 10 }),
  { name: 'operator', cell: ({ operator }, { colours }) => ({ text: operator, paint: colours.bold }) },
  { name: 'minion', cell: ({ minion }) => minion },
  {
    name: 'what',
    wraps: 16,
    breaks: true,
    cell: ({ verb, target }) => (target === undefined ? verb : `${verb} ${target}`),
  },
  { name: 'took', rank: 3, cell: ({ durationMs }) => (durationMs === undefined ? '-' : duration(durationMs)) },
  { name: 'shown', rank: 5, cell: ({ bytesOut }) => (bytesOut === undefined ? '-' : bytesText(bytesOut)) },
  { name: 'ended', wraps: 7, rank: 2, cell: ended },
  { name: 'recording', wraps: 9, rank: 4, cell: recordingCell },
  { name: 'user', extra: true, cell: ({ user }) => user ?? '-' },
]

/** Renders a table of sessions, in the given order. Pure. */
export function renderSessions(sessions: readonly SessionLine[], style: Style, wish?: TableWish): string {
  return renderTable(SESSIONS, sessions, style, wish) || 'no sessions\n'
}

/** Renders one session in full. Pure. */
export function renderSession(line: SessionLine, style: Style): string {
  const { recordingBytes: bytes, recordingSha256: sha256 } = line
  const about = bytes === undefined ? '' : `, ${bytesText(bytes)}, SHA-256 ${(sha256 ?? '').slice(0, 12)}`
  const rows: readonly (readonly [string, string])[] = [
    ['session', line.session],
    ['operator', line.operator],
    ['minion', line.user === undefined ? line.minion : `${line.minion}, as ${line.user}`],
    ['what', line.target === undefined ? line.verb : `${line.verb} ${line.target}`],
    ['begun', `${moment(line.openedAt)} UTC`],
    [
      'ended',
      line.endedAt === undefined
        ? 'no, it is still running'
        : `${ended(line)}, after ${duration(line.durationMs ?? 0)}`,
    ],
    [
      'traffic',
      line.bytesIn === undefined ? '-' : `${bytesText(line.bytesIn)} in, ${bytesText(line.bytesOut ?? 0)} out`,
    ],
    ['recording', `${recordingCell(line, style).text}${about}`],
  ]
  const problem = line.problem === undefined ? '' : `${safe(line.problem.message)}\n`
  return rows.map(([word, text]) => `${style.colours.dim(word.padEnd(10))} ${safe(text)}\n`).join('') + problem
}

function ended({ endedAt, exit, signal, problem }: SessionLine): string {
  if (endedAt === undefined) return 'goes on'
  return problem?.code ?? signal ?? `exit ${exit ?? '?'}`
}

function recordingCell({ recording, cut }: SessionLine, { colours }: Style): Cell {
  const text = recording === 'none' ? '-' : cut && recording === 'kept' ? 'kept, cut' : recording
  return recording === 'altered' || recording === 'missing' ? { text, paint: colours.red } : { text }
}
