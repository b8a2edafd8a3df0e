import { once } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProgram } from '../../master/cli/program.ts'
import { minionProgram, verbsOf } from '../../scripts/docs/cli-options.ts'
import type { LabHost } from './lab/host.ts'
import { type LabFleet, MASTER, openLabFleet } from './lab-fleet.ts'
import { ROWS, type Row, VERB_FLEET, type Way } from './verb-rows.ts'

/* Runs every verb of the two installed programs, once in a pipe and once at a pseudo-terminal. */

const MEMBERS = ['gone1', 'gone2', 'web1']

interface Said {
  readonly code: number
  readonly shown: string
}

let fleet: LabFleet

beforeAll(async () => {
  fleet = await openLabFleet({
    members: MEMBERS,
    level: 'staging',
    files: VERB_FLEET,
    secrets: {},
    log: line => console.log(`verbs: ${line}`),
  })
  await fleet.master.must(['sh', '-c', 'umask 077; echo ten thousand hills of salt >/root/passphrase'])
})

afterAll(async () => {
  await fleet?.close()
})

async function inPipe(host: LabHost, argv: readonly string[], { stdin = '' }: Row): Promise<Said> {
  const { exitCode, stdout, stderr } = await host.exec(argv, { stdin })
  return { code: exitCode, shown: stdout + stderr }
}

/** Types when the program prompts; until then nothing is typed and the keyboard stays open (see recordings.test.ts). */
async function atTerminal(host: LabHost, argv: readonly string[], { typed }: Row): Promise<Said> {
  const line = argv.map(word => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')
  const child = host.spawn(['script', '--quiet', '--return', '--command', line, '/dev/null'], {
    env: { TERM: 'xterm-256color', LANG: 'C.UTF-8' },
  })
  let raw = ''
  let asked = false
  child.stdout.on('data', (chunk: Buffer) => {
    raw += String(chunk)
    if (typed === undefined || asked || !typed.after.test(stripVTControlCharacters(raw))) return
    asked = true
    child.stdin.write(typed.keys)
  })
  child.stderr.resume()
  const [code] = (await once(child, 'close')) as [number | null]
  return { code: code ?? 128, shown: stripVTControlCharacters(raw).replaceAll('\r', '') }
}

test('every verb of the packages has a row in this test, and no row names a removed verb', () => {
  const all = [
    ...verbsOf(createProgram('', () => undefined)).map(({ words }) => `master ${words}`),
    ...verbsOf(minionProgram()).map(({ words }) => `minion ${words}`),
  ]

  expect(ROWS.map(([verb]) => verb).toSorted()).toEqual(all.toSorted())
})

test.each(ROWS)('%s gives the same answer in a pipe and in a terminal', async (verb, row) => {
  const [program = ''] = verb.split(' ')
  const host = fleet.host(program === 'minion' ? 'web1' : MASTER.host)
  const answers: Said[] = []
  for (const [way, run] of [
    [{ number: 1, name: 'pipe' }, inPipe],
    [{ number: 2, name: 'terminal' }, atTerminal],
  ] as const satisfies readonly (readonly [Way, unknown])[]) {
    const words = await row.words(way, fleet)
    const said = await run(host, [program, ...words], row)
    answers.push(said)

    expect({ way: way.name, ...said }).toEqual({
      way: way.name,
      code: row.codes?.[way.name] ?? row.code ?? 0,
      shown: expect.stringMatching(row.says) as string,
    })
    // A stack trace, or an internal error without a message of its own.
    expect(said.shown).not.toMatch(/^ +at .*:\d+:\d+\)?$|INTERNAL|undefined|\[object /m)
  }
  if (row.isRaw !== true) expect(answers[0]?.shown).not.toContain('\u001b')
})
