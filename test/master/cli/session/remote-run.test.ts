import { expect, it } from 'vitest'
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

it('results of many minions are grouped under one heading when equal, successful ones first', () => {
  const groups = groupOutcomes([
    outcome('web2', { out: 'up\n' }),
    outcome('web1', { out: 'up\n', ms: 900 }),
    outcome('db1', { end: { exit: 1 }, err: 'no\n' }),
    outcome('db2', { out: 'up\n', err: 'x' }),
  ])

  expect(groups.map(({ minions }) => minions)).toEqual([['db2'], ['web1', 'web2'], ['db1']])
})

it('results of many minions are shown with their output, the offline minions and a count', () => {
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

it('output of many minions cannot move the cursor or forge lines: colours are dropped and other escapes shown', () => {
  const out = '\u001b[31mred\u001b[0m\u001b[K\r\nback\rover\u001b[2J\u001b]0;title\u0007\ttab\n'

  const text = renderRun({ outcomes: [outcome('m1', { out })], offline: [] }, PLAIN)

  expect(text).toContain('  red\n  back\\x0dover\\x1b[2J\\x1b]0;title\\x07\ttab\n')
  expect(text).not.toContain('\u001b')
})

it('results in JSON contain text, or base64 when the output is not UTF-8', () => {
  const binary = { ...outcome('m2', { end: { signal: 'SIGTERM' } }), stdout: Buffer.from([0xff, 0x00]) }

  expect(runAsJson({ outcomes: [outcome('m1', { out: 'ü' }), binary], offline: ['m3'] })).toEqual({
    minions: [
      { minion: 'm1', exit: 0, encoding: 'text', stdout: 'ü', stderr: '', cutBytes: 0, ms: 5 },
      { minion: 'm2', signal: 'SIGTERM', encoding: 'base64', stdout: '/wA=', stderr: '', cutBytes: 0, ms: 5 },
    ],
    offline: ['m3'],
  })
})

it('the exit code of a run on one minion is that of the program, as in a local shell', () => {
  const codes = [{ exit: 42 }, { signal: 'SIGKILL' }, { signal: 'SIGTERM' }, timeout, lost].map(exitOfOne)

  expect(codes).toEqual([42, 137, 143, 124, 4])
  expect(exitOfOne({ problem: { code: 'PROGRAM_MISSING', message: '' } })).toBe(127)
})

it('the exit code of a run on many minions is 0 if all succeed, 1 if some fail, and 4 if some are unreachable', () => {
  const fine = outcome('m1')
  const failed = outcome('m2', { end: { exit: 9 } })
  const gone = outcome('m3', { end: lost })

  expect(exitOfMany({ outcomes: [fine], offline: [] })).toBe(0)
  expect(exitOfMany({ outcomes: [fine, failed], offline: [] })).toBe(1)
  expect(exitOfMany({ outcomes: [fine, gone], offline: [] })).toBe(4)
  expect(exitOfMany({ outcomes: [fine], offline: ['m4'] })).toBe(4)
  expect(exitOfMany({ outcomes: [failed], offline: ['m4'] })).toBe(1)
})
