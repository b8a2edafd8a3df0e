import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { AuditRow } from '../../master/control/audit-row.ts'
import type { SessionLine } from '../../master/verbs/sessions.ts'
import { PROGRAM, Scene, until } from './scene.ts'
import { KEYS, Terminal } from './terminal.ts'

const CANARY = "hunter2-canary's $ecret"
const scene = new Scene()
const terminals: Terminal[] = []
const file = (session: string): string => join(scene.state, 'recordings', `${session}.cast`)

beforeAll(async () => {
  await scene.makeFleet({
    'inventory.yml': '"*": {level: staging}\n',
    'pillar/top.yml': '- {match: "*", files: [common]}\n',
    'pillar/common.yml': '',
  })
  await scene.startMaster()
  await scene.must(['pillar', 'set', 'app.password', '--file', 'common'], CANARY)
  await scene.join('m1')
})
afterEach(() => {
  for (const terminal of terminals.splice(0)) terminal.close()
})
afterAll(() => scene.close())

function open(words: readonly string[]): Terminal {
  const terminal = new Terminal(process.execPath, [PROGRAM, ...words], { ...scene.env, TERM: 'xterm-256color' })
  terminals.push(terminal)
  return terminal
}

async function sessions(): Promise<readonly SessionLine[]> {
  const { sessions: found } = JSON.parse(await scene.must(['--json', 'sessions'])) as { sessions: SessionLine[] }
  return found
}

/** Records a session that runs this script and ends; returns its line in the list. */
async function record(script: string, after?: (terminal: Terminal) => Promise<void>): Promise<SessionLine> {
  const before = new Set((await sessions()).map(({ session }) => session))
  const terminal = open(['ssh', 'm1', '--', 'sh', '-c', script])
  await after?.(terminal)
  await terminal.ends()
  let line: SessionLine | undefined
  await until(
    'the session to be told of',
    async () => {
      line = (await sessions()).find(({ session, endedAt }) => !before.has(session) && endedAt !== undefined)
      return line !== undefined
    },
    () => terminal.shown,
  )
  if (line === undefined) throw new Error('no session')
  return line
}

it('a recorded session can be listed, shown and played back with its timing', async () => {
  const line = await record("printf '\\033[1mfirst\\033[0m\\n'; sleep 1; echo last; exit 3")

  expect(line).toMatchObject({ minion: 'm1', verb: 'ssh', exit: 3, recording: 'kept', cut: false })
  expect(statSync(file(line.session)).mode & 0o777).toBe(0o600)
  expect(await scene.must(['sessions'])).toMatch(new RegExp(`${line.session} .* m1 .* exit 3 +kept\n`))
  expect(await scene.must(['sessions', 'show', line.session])).toMatch(/recording +kept, \d+ B, SHA-256 [0-9a-f]{12}\n/)
  expect(await scene.must(['sessions', 'play', line.session, '--plain'])).toBe('first\nlast\n')
  expect(await scene.must(['sessions', 'play', line.session, '--cast'])).toBe(readFileSync(file(line.session), 'utf8'))

  const began = performance.now()
  const terminal = open(['sessions', 'play', line.session])
  expect(await terminal.ends()).toBe(0)
  expect(performance.now() - began).toBeGreaterThan(1000)
  expect(terminal.raw).toContain('\u001b[1mfirst\u001b[0m\r\nlast\r\n')
  expect(terminal.shown).toMatch(/ctrl-C or q ends it\nfirst\nlast\n/)
})

it('q stops a playback, and keys typed during it do not reach the shell', async () => {
  const line = await record('echo first; sleep 1; echo last')
  const terminal = open(['sessions', 'play', line.session, '--speed', '0.01'])
  await terminal.sees('first')
  terminal.type('xyzq')

  expect(await terminal.ends()).toBe(130)
  expect(terminal.shown).not.toContain('xyz')
  expect(terminal.shown).not.toContain('last')
})

it('a recording contains no secret of the minion, in any encoding and however slowly it was printed', async () => {
  const encoded = Buffer.from(CANARY).toString('base64')
  const place = join(scene.directory, 'password')
  writeFileSync(place, `${CANARY}\n`)
  const slowly = 'while IFS= read -r -n 1 letter; do printf %s "$letter"; sleep 0.01; done'
  const line = await record(`cat ${place}; bash -c 'base64 ${place} | ${slowly}'; echo; echo over`)
  const kept = readFileSync(file(line.session), 'utf8')

  expect(kept).toContain('***')
  expect(kept).toContain('over')
  expect(kept).not.toContain('canary')
  expect(kept).not.toContain(encoded.slice(0, 20))
  // The canary was in the output: the operator saw it.
  expect(terminals[0]?.shown).toContain(CANARY)
})

it('a recording that was edited is not played back, and the log records the failure', async () => {
  const line = await record('echo rm -rf /srv')
  const text = readFileSync(file(line.session), 'utf8')
  writeFileSync(file(line.session), text.replace('/srv', '/tmp'))

  const said = await scene.run(['sessions', 'play', line.session, '--plain'])
  expect([said.code, said.out]).toEqual([1, ''])
  expect(said.err).toContain('RECORDING_ALTERED')
  expect(await scene.must(['sessions', 'show', line.session])).toContain('altered')

  writeFileSync(file(line.session), text)
  expect(await scene.must(['sessions', 'play', line.session, '--plain'])).toBe('rm -rf /srv\n')
})

it('the audit log names who was in a recorded session and who played it back', async () => {
  const line = await record('true')
  await scene.must(['sessions', 'play', line.session, '--plain'])
  const { acts } = JSON.parse(await scene.must(['--json', 'audit', '--limit', '1000'])) as { acts: AuditRow[] }

  expect(acts).toContainEqual(expect.objectContaining({ verb: 'ssh', event: 'session-opened', minions: ['m1'] }))
  expect(acts.at(-1)).toMatchObject({ verb: 'session-play', target: line.session, outcome: 'done' })
})

it('the session list and the events mask a secret in the command line', async () => {
  expect(await scene.must(['run', 'm1', '--', 'printf', '%s', `<${CANARY}>`])).toBe(`<${CANARY}>`)
  const [line] = await sessions()

  expect(line).toMatchObject({ verb: 'run', target: 'printf %s <***>', recording: 'none' })
  expect(await scene.must(['--json', 'events', '--limit', '10000'])).not.toContain('canary')
})

it('terminal output is byte for byte the same in the session and in its playback', async () => {
  // The way full-screen programs move the cursor down.
  const line = await record("stty -opost; printf 'down\\nright'")
  const replay = open(['sessions', 'play', line.session])
  await replay.ends()

  for (const terminal of terminals) expect(terminal.raw).toContain('down\nright')
})

it('a recording can be played in the shell, and the prompt returns afterwards', async () => {
  const line = await record('echo first; sleep 1; echo last')
  const terminal = open(['shell'])
  await terminal.sees(/> $/)
  terminal.type(`sessions play ${line.session} --speed 0.01${KEYS.enter}`)
  await terminal.sees(/ends it\nfirst/)
  terminal.type('xq')
  await terminal.sees(/> $/)
  terminal.type(`sessions --limit 1${KEYS.enter}`)

  await terminal.sees(line.session)
  terminal.type(`exit${KEYS.enter}`)
  await terminal.ends()
})

it('a recording keeps changes of the window size', async () => {
  const line = await record('stty size; read x; stty size', async terminal => {
    await terminal.sees('40 120')
    terminal.resize(91, 33)
    terminal.type(KEYS.enter)
  })
  const kept = readFileSync(file(line.session), 'utf8')

  expect(JSON.parse(kept.split('\n')[0] ?? '')).toMatchObject({ version: 2, width: 120, height: 40 })
  expect(kept).toContain('"r","91x33"')
})
