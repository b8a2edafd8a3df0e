import { expect, it } from 'vitest'
import type { ApiClient } from '../../../../master/api/client.ts'
import type { CliContext } from '../../../../master/cli/context.ts'
import type { PlayWords } from '../../../../master/cli/invocation.ts'
import { parseCommand } from '../../../../master/cli/parse.ts'
import { PLAIN } from '../../../../master/cli/render/style.ts'
import { play } from '../../../../master/cli/session/play.ts'
import { eventLine, headerLine } from '../../../../master/recordings/cast.ts'
import type { SessionLine } from '../../../../master/verbs/sessions.ts'
import { AppError } from '../../../../protocol/errors.ts'

const LINE: SessionLine = {
  session: 'ses-1',
  operator: 'ann',
  minion: 'db1',
  verb: 'ssh',
  openedAt: '2026-11-21T10:00:00.000Z',
  endedAt: '2026-11-21T10:00:12.000Z',
  durationMs: 12_000,
  exit: 0,
  recording: 'kept',
  cut: false,
}
const TEXT = [
  headerLine({ width: 120, height: 40, startedMs: 0, title: '', term: 'xterm' }),
  eventLine(0.5, 'o', '$ '),
  eventLine(2.5, 'o', '\u001b[1mls\u001b[0m\r\n'),
  eventLine(12, 'o', 'a b\r\n'),
]

/** A terminal connected to a master that returns the recording in pages. */
function stage(pages: readonly string[] = TEXT) {
  const said = { out: '', err: '' }
  const waits: number[] = []
  const stop = new AbortController()
  const client = {
    call: async (verb: string, { session, from }: { session: string; from: number }) => {
      if (verb !== 'session-play') throw new Error(`no ${verb}`)
      if (session !== 'ses-1') throw new AppError({ code: 'SESSION_UNKNOWN', message: 'no session has this id' })
      const next = from + 1 < pages.length ? { next: from + 1 } : {}
      return { session: LINE, text: pages[from] ?? '', ...next }
    },
  } as unknown as ApiClient
  const context: Pick<CliContext, 'out' | 'err' | 'outStyle' | 'errStyle' | 'stdinIsTerminal' | 'signal' | 'connect'> =
    {
      out: text => (said.out += text),
      err: text => (said.err += text),
      outStyle: PLAIN,
      errStyle: PLAIN,
      stdinIsTerminal: false,
      signal: stop.signal,
      connect: () => client,
    }
  const type = async (line: string): Promise<number> => {
    const invocation = parseCommand(line.split(' '), '1')
    if (invocation.kind !== 'play') throw new Error(`no play: ${invocation.kind}`)
    const { kind: _, ...words }: { kind: string } & PlayWords = invocation
    return play(context as CliContext, words, async ms => {
      waits.push(ms)
    })
  }
  return { said, waits, stop, type }
}

it('sessions play keeps the original timing and restores the terminal', async () => {
  const { said, waits, type } = stage()

  expect(await type('sessions play ses-1')).toBe(0)
  expect(waits).toEqual([500, 2000, 9500])
  expect(said.out).satisfy((out: string) => out.startsWith('$ \u001b[1mls\u001b[0m\r\na b\r\n'))
  expect(said.out).toContain('\u001b[?25h')
  expect(said.err).toBe('ann at db1, 2026-11-21 10:00:00 UTC, 12.0 s; ctrl-C or q ends it\n')
})

it('sessions play supports --speed and --max-wait', async () => {
  const { waits, type } = stage()

  expect(await type('sessions play ses-1 --speed 2 --max-wait 1.5')).toBe(0)
  expect(waits).toEqual([250, 750, 750])
})

it('sessions play prints plain text, the cast file or JSON without waiting', async () => {
  const plain = stage()
  expect(await plain.type('sessions play ses-1 --plain')).toBe(0)
  expect([plain.said.out, plain.said.err, plain.waits]).toEqual(['$ ls\na b\n', '', []])

  const cast = stage()
  await cast.type('sessions play ses-1 --cast')
  expect(cast.said.out).toBe(TEXT.join(''))

  const json = stage()
  await json.type('--json sessions play ses-1')
  expect(JSON.parse(json.said.out)).toMatchObject({
    session: { operator: 'ann' },
    header: { width: 120 },
    events: [{ seconds: 0.5, kind: 'o', data: '$ ' }, {}, {}],
  })
})

it('sessions play stops on request and restores the terminal', async () => {
  const { said, stop, type } = stage()
  stop.abort()

  expect(await type('sessions play ses-1')).toBe(130)
  expect(said.out).toBe('')
})

it('sessions play reports an unknown session and a damaged recording', async () => {
  const unknown = stage()
  expect(await unknown.type('sessions play ses-2')).toBe(2)
  expect(unknown.said.err).toContain('SESSION_UNKNOWN')

  const broken = stage(['hello\n'])
  expect(await broken.type('sessions play ses-1')).toBe(1)
  expect(broken.said.err).toContain('RECORDING_ALTERED')

  expect(() => parseCommand(['sessions', 'play', 'ses-1', '--speed', '0'], '1')).toThrow('A speed is a number above 0')
  expect(() => parseCommand(['sessions', 'play', 'ses-1', '--plain', '--cast'], '1')).toThrow('cannot be combined')
})
