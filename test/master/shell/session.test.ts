import { expect, it } from 'vitest'
import type { ApiClient } from '../../../master/api/client.ts'
import { grammarOf } from '../../../master/cli/complete/grammar.ts'
import type { CliContext } from '../../../master/cli/context.ts'
import type { Invocation } from '../../../master/cli/invocation.ts'
import { parseCommand } from '../../../master/cli/parse.ts'
import { createProgram } from '../../../master/cli/program.ts'
import { createStyle, PLAIN } from '../../../master/cli/render/style.ts'
import { promptText } from '../../../master/shell/prompt.ts'
import { ShellSession } from '../../../master/shell/session.ts'
import { vocabularyOf } from '../../../master/shell/vocabulary.ts'
import { AppError, type ErrorCode } from '../../../protocol/errors.ts'

const program = createProgram('1', () => undefined)

/** A session that performs nothing and records invocations. */
function stage({ socket, refuse, code = 0 }: { socket?: string; refuse?: ErrorCode; code?: number } = {}) {
  const asked: Invocation[] = []
  const said = { out: '', err: '' }
  const context: CliContext = {
    out: text => (said.out += text),
    err: text => (said.err += text),
    outStyle: PLAIN,
    errStyle: PLAIN,
    errIsTerminal: false,
    errSize: () => ({ columns: 80, rows: 24 }),
    stdout: () => process.stdout,
    stderr: () => process.stderr,
    stdin: () => process.stdin,
    readStdin: () => Promise.reject(new Error('nobody reads')),
    stdinIsTerminal: false,
    signal: new AbortController().signal,
    connect: () => {
      throw new Error('nobody connects')
    },
  }
  const client = {
    call: async (verb: string) => {
      if (verb !== 'minions') throw new Error(`no ${verb}`)
      if (refuse !== undefined) throw new AppError({ code: refuse, message: 'for a reason' })
      return { minions: [{ minion: 'db1' }, { minion: 'db2' }] }
    },
  } as unknown as ApiClient
  const session = new ShellSession({
    perform: async (_, invocation) => {
      asked.push(invocation)
      return code
    },
    parse: words => parseCommand(words, '1'),
    client: async () => client,
    vocabulary: vocabularyOf(grammarOf(program)),
    socket,
  })
  return { session, asked, said, type: (line: string) => session.do(line, context) }
}

it('a shell session passes each line to the CLI with its target and socket', async () => {
  const { session, asked, said, type } = stage({ socket: '/s' })
  await type('use role=db')
  await type("apply --wait '1h'")

  expect(said.out).toBe('2 minions: db1, db2\n')
  expect(session.target).toEqual(['role=db'])
  expect(asked).toMatchObject([
    { kind: 'call', socket: '/s', call: { verb: 'apply', input: { target: 'role=db', waitMs: 3_600_000 } } },
  ])
})

it('a shell session keeps the exit code of the last verb', async () => {
  const { session, type } = stage({ code: 4 })
  await type('status')
  expect(session.code).toBe(4)
  await type('')
  expect(session.code).toBe(4)
  await type('help')
  expect(session.code).toBe(0)
  await type('apply')
  expect(session.code).toBe(2)
  await type('exit')
  expect(session).toMatchObject({ code: 2, ended: true })
})

it('a shell session reports an invalid line and continues', async () => {
  const { asked, said, session, type } = stage()
  await type('aply role=db')
  await type('minions "')

  expect(said.err).toContain('Did you mean `apply`?')
  expect(said.err).toMatch(/SHELL_SYNTAX: a quote `"` is not closed\n.*\n1 \| minions "\n {2}\| {9}\^/)
  expect(asked).toEqual([])
  expect(session.ended).toBe(false)
})

it('a shell session rejects an invalid target and one that cannot be resolved', async () => {
  const wrong = stage({ refuse: 'TARGET_MATCHES_NOBODY' })
  await wrong.type('use role=nobody')
  expect(wrong.session).toMatchObject({ target: [], code: 3 })

  for (const refuse of ['RIGHT_DENIED', 'MASTER_NOT_RUNNING'] as const) {
    const unseen = stage({ refuse })
    await unseen.type('use role=db')
    expect(unseen.session).toMatchObject({ target: ['role=db'], code: 0 })
    expect(unseen.said.err).toContain('for a reason')
  }
})

it('the shell prompt shows fleet, target and a non-zero exit code', () => {
  expect(promptText({ fleet: 'lab', target: [], code: 0 }, PLAIN)).toBe('lab> ')
  expect(promptText({ fleet: 'lab', target: ['role=db', 'web1'], code: 4 }, PLAIN)).toBe('lab role=db web1 [4]> ')
})

it('the shell prompt escapes control characters', () => {
  const prompt = promptText({ fleet: 'a\u001b[2J', target: ['\u0007'], code: 0 }, createStyle(false, 80))

  expect(prompt).toBe('a\\x1b[2J \\x07> ')
})
