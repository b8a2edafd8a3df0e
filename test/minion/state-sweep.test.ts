import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildProgram } from '../../minion/commands.ts'
import { loadNumbers } from '../../minion/link/durable-state.ts'
import { sha256Of } from '../../protocol/catalog.ts'
import { AppError, type Problem, problemsOf } from '../../protocol/errors.ts'
import { DAMAGES, damage, filesIn, HOSTILE, stateRows } from './state-rows.ts'

const ARCHIVE = resolve(import.meta.dirname, '../cases/upgrade/release-38d7810.tar.gz')
const root = mkdtempSync(join(tmpdir(), 'saltern-sweep-'))
const whole = join(root, 'minion-m1')
const rows = stateRows('Minion')
const BLOB = new TextEncoder().encode('a large file')

interface Said {
  readonly problem: Problem | undefined
  readonly events: readonly { readonly event: string; readonly [name: string]: unknown }[]
}

/**
 * Runs a command of the minion on a state directory. The agent is stopped after it has tried its link, which proves that it
 * started.
 */
async function run(state: string, words: readonly string[], notifyReady?: () => Promise<void>): Promise<Said> {
  const stop = new AbortController()
  const events: { event: string }[] = []
  const program = buildProgram({
    version: '1',
    signal: stop.signal,
    leave: new AbortController().signal,
    print: () => undefined,
    log: (event, data) => {
      events.push({ ...data, event })
      if (event.startsWith('link-') && notifyReady === undefined) stop.abort()
    },
    readSecret: () => Promise.resolve(''),
    setExitCode: () => undefined,
    notifyReady: notifyReady ?? (() => Promise.resolve()),
  })
  try {
    await program.parseAsync(['node', 'minion', '--state', state, ...words])
    return { problem: undefined, events }
  } catch (thrown) {
    return { problem: problemsOf(thrown)[0], events }
  }
}

/** Lists the problems of runs that failed as a whole, from their reports. */
function runProblems(state: string): readonly Problem[] {
  const outbox = join(state, 'outbox')
  return filesIn(outbox)
    .map(name => JSON.parse(readFileSync(join(outbox, name), 'utf8')) as { readonly problem?: Problem })
    .flatMap(({ problem }) => problem ?? [])
}

let count = 0
function copy(): string {
  const state = join(root, `case-${++count}`)
  cpSync(whole, state, { recursive: true })
  return state
}

beforeAll(async () => {
  execFileSync('tar', ['xzf', ARCHIVE, '-C', root])
  // Nothing listens at this address, and the highstate of this boot is done.
  const settings = join(whole, 'minion.yml')
  writeFileSync(
    settings,
    readFileSync(settings, 'utf8')
      .replace(/port: \d+/, 'port: 1')
      .replace(/bootWaitMs: \d+/, 'bootWaitMs: 0'),
  )
  writeFileSync(join(whole, 'boot-id'), readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
  const [journal = ''] = filesIn(join(whole, 'journal'))
  const killed = readFileSync(join(whole, 'journal', journal), 'utf8')
  // Files that only a current agent, or a rare event, leaves behind.
  await run(whole, ['start'])
  // As left by the first handshake of a current agent.
  await (await loadNumbers(whole)).update({})
  const dead = journal.replace('.jsonl', '')
  const other = `${dead.slice(0, -1)}${dead.endsWith('0') ? '1' : '0'}`
  writeFileSync(join(whole, 'journal', `${other}.jsonl`), killed.replaceAll(dead, other))
  mkdirSync(join(whole, 'blobs'), { recursive: true })
  writeFileSync(join(whole, 'blobs', sha256Of(BLOB)), BLOB)
  const [report = ''] = filesIn(join(whole, 'outbox'))
  cpSync(join(whole, 'outbox', report), join(whole, 'outbox', report.replace('.report', '.refused')))
  const armed = { run: other, states: [], points: [], reverts: [], reactions: [] }
  writeFileSync(join(whole, 'confirm.json'), JSON.stringify(armed))
  writeFileSync(join(whole, 'reverted.json'), JSON.stringify(armed))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

it('every file in the state directory of a minion, including those of a start and a run, has a row in docs/state-directories.md', async () => {
  const state = copy()
  await run(state, ['start'])
  await run(state, ['apply', '--cached', '--test'])
  const files = [...new Set([...filesIn(whole), ...filesIn(state)])]

  expect(files.filter(file => !rows.some(({ matches }) => matches(file)))).toEqual([])
  expect(rows.filter(({ matches }) => !files.some(matches)).map(({ file }) => file)).toEqual([])
})

it.each(rows)(
  'a damaged or foreign file of the minion state directory is rebuilt, dropped, or an error that names it: $file',
  async ({ file, matches, says }) => {
    const path = filesIn(whole).find(matches) ?? ''
    for (const how of [...DAMAGES, ...Object.keys(HOSTILE)]) {
      const state = copy()
      damage(join(state, path), how)
      const started = await run(state, ['start'])
      const applied = await run(state, ['apply', '--cached', '--test'])
      const seen = JSON.stringify({ file, how, started, applied })
      const wanted = says[how] ?? ''

      expect(seen).not.toContain('INTERNAL')
      if (/^[A-Z_]+$/.test(wanted)) {
        // The agent may start without the file; then its runs report the problem.
        const told = [started.problem, applied.problem, ...runProblems(state)].find(one => one?.code === wanted)
        expect(told, seen).toBeDefined()
        expect(told?.message, seen).toContain(join(state, path))
        expect(told?.hint, seen).toBeDefined()
        continue
      }
      const again = await run(state, ['start'])
      expect(started.problem, seen).toBeUndefined()
      expect(
        started.events.map(({ event }) => event),
        seen,
      ).toContain('minion-started')
      expect(applied.problem?.code ?? 'fine', seen).toMatch(/^(fine|NO_CATALOG|CATALOG_REFUSED|BOX_UNREADABLE)$/)
      expect(applied.problem === undefined || applied.problem.hint !== undefined, seen).toBe(true)
      // The damage is repaired: the next start finds none.
      expect(again.problem).toBeUndefined()
      expect(
        again.events.map(({ event }) => event),
        seen,
      ).not.toContain('state-damaged')
    }
  },
  300_000,
)

it('an agent that cannot notify systemd exits with the reason', async () => {
  const untold = new AppError({ code: 'SYSTEMD_UNREACHABLE', message: 'no socket' })

  const { problem, events } = await run(copy(), ['start'], () => Promise.reject(untold))

  expect(problem).toMatchObject({ code: 'SYSTEMD_UNREACHABLE' })
  expect(events.map(({ event }) => event)).toContain('minion-leaves')
})
