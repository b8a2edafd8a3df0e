import { describe, expect, it } from 'vitest'
import { groupOutcomes, renderRun, runAsJson } from '../../../../master/cli/render/run.ts'
import { PLAIN } from '../../../../master/cli/render/style.ts'
import { exitOfMany, exitOfOne, type RemoteOutcome } from '../../../../master/cli/session/remote-outcome.ts'

function outcome(
  minion: string,
  more: Partial<Omit<RemoteOutcome, 'stdout' | 'stderr'>> & { out?: string; err?: string } = {},
): RemoteOutcome {
  const { out = '', err = '', ...rest } = more
  return { minion, end: { exit: 0 }, stdout: Buffer.from(out), stderr: Buffer.from(err), cutBytes: 0, ms: 5, ...rest }
}

const timeout = { problem: { code: 'PROGRAM_TIMEOUT', message: '`sleep` did not end within 1 s' } } as const
const lost = { problem: { code: 'MASTER_UNREACHABLE', message: 'the link was lost' } } as const

describe('the answers of many minions', () => {
  it('stand under one heading when they are equal, the fine ones first', () => {
    const groups = groupOutcomes([
      outcome('web2', { out: 'up\n' }),
      outcome('web1', { out: 'up\n', ms: 900 }),
      outcome('db1', { end: { exit: 1 }, err: 'no\n' }),
      outcome('db2', { out: 'up\n', err: 'x' }),
    ])

    expect(groups.map(({ minions }) => minions)).toEqual([['db2'], ['web1', 'web2'], ['db1']])
  })

  it('are shown with what was said, who is offline, and a count', () => {
    const outcomes = [
      outcome('web1', { out: 'a\nb\n' }),
      outcome('web2', { out: 'a\nb\n' }),
      outcome('db1', { end: { exit: 3 }, err: 'no\n' }),
      outcome('db2', { end: { signal: 'SIGKILL' } }),
      outcome('db3', { end: timeout, out: 'x', cutBytes: 77 }),
    ]

    expect(renderRun({ outcomes, offline: ['old1'] }, PLAIN)).toBe(`web1, web2  exit 0
  a
  b

db1  exit 3
  stderr:
  no

db2  killed by SIGKILL  no output

db3  PROGRAM_TIMEOUT \`sleep\` did not end within 1 s
  x
  ... 77 more bytes were dropped: run it on this minion alone

old1  offline

6 minions: 2 fine, 3 failed, 1 unreachable
`)
  })

  it('cannot move the cursor or forge another line: colours are dropped, every other escape is shown', () => {
    const out = '\u001b[31mred\u001b[0m\u001b[K\r\nback\rover\u001b[2J\u001b]0;title\u0007\ttab\n'

    const text = renderRun({ outcomes: [outcome('m1', { out })], offline: [] }, PLAIN)

    expect(text).toContain('  red\n  back\\x0dover\\x1b[2J\\x1b]0;title\\x07\ttab\n')
    expect(text).not.toContain('\u001b')
  })

  it('are text in JSON, and base64 when they are no UTF-8', () => {
    const binary = { ...outcome('m2', { end: { signal: 'SIGTERM' } }), stdout: Buffer.from([0xff, 0x00]) }

    expect(runAsJson({ outcomes: [outcome('m1', { out: 'ü' }), binary], offline: ['m3'] })).toEqual({
      minions: [
        { minion: 'm1', exit: 0, encoding: 'text', stdout: 'ü', stderr: '', cutBytes: 0, ms: 5 },
        { minion: 'm2', signal: 'SIGTERM', encoding: 'base64', stdout: '/wA=', stderr: '', cutBytes: 0, ms: 5 },
      ],
      offline: ['m3'],
    })
  })
})

describe('the exit code', () => {
  it('of one program is its own, as if it had run here', () => {
    const codes = [{ exit: 42 }, { signal: 'SIGKILL' }, { signal: 'SIGTERM' }, timeout, lost].map(exitOfOne)

    expect(codes).toEqual([42, 137, 143, 124, 4])
    expect(exitOfOne({ problem: { code: 'PROGRAM_MISSING', message: '' } })).toBe(127)
  })

  it('of many is 0 when all are fine, 1 when some failed, 4 when somebody was unreachable', () => {
    const fine = outcome('m1')
    const failed = outcome('m2', { end: { exit: 9 } })
    const gone = outcome('m3', { end: lost })

    expect(exitOfMany({ outcomes: [fine], offline: [] })).toBe(0)
    expect(exitOfMany({ outcomes: [fine, failed], offline: [] })).toBe(1)
    expect(exitOfMany({ outcomes: [fine, gone], offline: [] })).toBe(4)
    expect(exitOfMany({ outcomes: [fine], offline: ['m4'] })).toBe(4)
    expect(exitOfMany({ outcomes: [failed], offline: ['m4'] })).toBe(1)
  })
})
