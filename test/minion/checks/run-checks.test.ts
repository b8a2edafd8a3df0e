import { expect, it } from 'vitest'
import { type CheckDeps, runChecks } from '../../../minion/checks/run-checks.ts'
import { spawnProgram } from '../../../minion/system/spawn.ts'
import type { CatalogCheck, CheckResult } from '../../../protocol/checks.ts'
import { scrubber } from '../../../protocol/hide-secrets.ts'
import type { StateKey } from '../../../protocol/ids.ts'
import type { StateOutcome } from '../../../protocol/outcomes.ts'
import type { StateResult } from '../../../protocol/report.ts'
import { catalogOf, keyOf } from '../apply/engine-scene.ts'

const SERVICE = keyOf('file.absent', '/a')

function check(changes: Partial<CatalogCheck>): CatalogCheck {
  return {
    key: 'app/works',
    role: 'app',
    name: 'works',
    run: ['true'],
    timeout: 10,
    expect: { exit: 0 },
    after: [],
    declaredAt: { file: 'roles/app/role.yml', line: 3, column: 3 },
    ...changes,
  }
}

interface Wish {
  readonly test?: boolean
  readonly cancelled?: AbortSignal
  readonly secret?: string
  readonly states?: { readonly [name: string]: StateOutcome }
  readonly spawn?: CheckDeps['spawn']
  /** Milliseconds of each pause, in order. */
  readonly pauses?: number[]
}

function run(checks: readonly CatalogCheck[], wish: Wish = {}): Promise<readonly CheckResult[]> {
  const { secret } = wish
  const secrets = secret === undefined ? [] : [secret]
  const slots = secrets.map(() => ({ path: 'app.password', mac: 'mac' }))
  const results = Object.entries(wish.states ?? {}).map(([key, outcome]) => ({ key, outcome }) as StateResult)
  return runChecks(
    {
      spawn: wish.spawn ?? spawnProgram,
      now: Date.now,
      pause: async ms => void wish.pauses?.push(ms),
      scrub: scrubber(secrets),
    },
    {
      catalog: { ...catalogOf([]), slots, checks },
      secrets,
      test: wish.test ?? false,
      cancelled: wish.cancelled ?? new AbortController().signal,
      results,
    },
  )
}

const FAILS = check({ key: 'app/fails', run: ['sh', '-c', 'echo hello; exit 4'] })

/** A program that fails this many times, then succeeds. */
function failingTimes(times: number): CheckDeps['spawn'] {
  let left = times
  return async () => ({ exitCode: left-- > 0 ? 1 : 0, stdout: '', stderr: '' })
}

it('each check passes or fails by itself, and a failure shows expected and found values and the output', async () => {
  const results = await run([check({}), FAILS, check({ key: 'app/again' })])

  expect(results.map(({ key, outcome }) => `${outcome} ${key}`)).toEqual([
    'passed app/works',
    'failed app/fails',
    'passed app/again',
  ])
  expect(results[1]?.problem).toMatchObject({
    code: 'CHECK_FAILED',
    message: '`sh -c echo hello; exit 4`: expected exit code 0, got 4; its output: hello',
    source: { file: 'roles/app/role.yml', line: 3 },
  })
})

it('a failed check is retried as often and with the interval that it declares', async () => {
  const pauses: number[] = []

  const [passes] = await run([check({ retries: 4, interval: 1 })], { spawn: failingTimes(4), pauses })
  const [fails] = await run([check({ retries: 3 })], { spawn: failingTimes(4) })

  expect(passes?.outcome).toBe('passed')
  expect(pauses).toEqual([1000, 1000, 1000, 1000])
  expect(fails?.outcome).toBe('failed')
})

it('a failed check is retried automatically in an apply that changed something', async () => {
  const spawn = failingTimes(2)

  const [changed] = await run([check({})], { spawn, states: { [SERVICE]: 'changed' } })
  const [steady] = await run([check({})], { spawn: failingTimes(1), states: { [SERVICE]: 'unchanged' } })

  expect(changed?.outcome).toBe('passed')
  expect(steady?.outcome).toBe('failed')
})

it('a check with wrong stdout also shows the stderr of its program', async () => {
  const wrong = check({ run: ['sh', '-c', 'echo no; echo "cannot connect" >&2'], expect: { exit: 0, stdout: 'yes' } })

  const [result] = await run([wrong])

  expect(result?.problem?.message).toContain('its output:\nno\n\ncannot connect')
})

it('a check gets its stdin and environment and runs without a shell', async () => {
  const stdin = check({ run: ['cat'], stdin: '$HOME', expect: { exit: 0, stdout: '$HOME' } })
  const env = check({ run: ['printenv', 'TOKEN'], env: { TOKEN: 'x' }, expect: { exit: 0, stdout: 'x' } })

  expect((await run([stdin, env])).map(({ outcome }) => outcome)).toEqual(['passed', 'passed'])
})

it('a check gets its secrets, and no secret appears in a problem', async () => {
  const stdin = { $text: ['is: ', { slot: 0 }] }
  const right = check({ run: ['cat'], stdin, expect: { exit: 0, stdout: '/^is: a-long-secret$/' } })
  const wrong = check({ run: ['cat'], stdin, expect: { exit: 0, stdout: 'other' } })

  const results = await run([right, wrong], { secret: 'a-long-secret' })

  expect(results.map(({ outcome }) => outcome)).toEqual(['passed', 'failed'])
  expect(JSON.stringify(results)).toContain('got `is: ***`')
  expect(JSON.stringify(results)).not.toContain('a-long-secret')
})

it('a check that times out is killed with all of its children', async () => {
  const [result] = await run([check({ run: ['sh', '-c', 'sleep 300 & wait'], timeout: 0.2 })])

  expect(result).toMatchObject({ outcome: 'failed', problem: { code: 'PROGRAM_TIMEOUT' } })
  expect(result?.problem?.hint).toBe('Give the check more time: `timeout: 120`.')
})

it('a check whose program is missing is not retried', async () => {
  const pauses: number[] = []

  const [automatic] = await run([check({ run: ['/no/such/program'] })], { pauses, states: { [SERVICE]: 'changed' } })
  const [asked] = await run([check({ run: ['/no/such/program'], retries: 5 })], { pauses })

  expect([automatic?.problem?.code, asked?.problem?.code]).toEqual(['PROGRAM_MISSING', 'PROGRAM_MISSING'])
  expect(pauses).toEqual([])
})

it('a check whose program is missing fails', async () => {
  expect((await run([check({ run: ['/no/such/program'] })]))[0]).toMatchObject({
    outcome: 'failed',
    problem: { code: 'PROGRAM_MISSING' },
  })
})

it('the output in the problem of a check is truncated', async () => {
  const [result] = await run([check({ run: ['sh', '-c', 'head -c 1000000 /dev/zero | tr "\\0" x; exit 1'] })])

  expect(result?.problem?.message.length).toBeLessThan(2500)
  expect(result?.problem?.message).toContain('characters left out')
})

it.each(['would-change', 'may-change'] as const)(
  'a failed check is may-change in a dry run while a state it depends on is %s',
  async outcome => {
    const after = [SERVICE]
    const states = { [SERVICE]: outcome }

    expect((await run([{ ...FAILS, after }], { test: true, states }))[0]).toMatchObject({
      outcome: 'may-change',
      problem: { code: 'CHECK_FAILED' },
    })
    expect((await run([check({ after })], { test: true, states }))[0]?.outcome).toBe('passed')
  },
)

it('a check fails in a dry run when only unrelated states would change, and always after an apply', async () => {
  const other = { ['app/file.absent//b' as StateKey]: 'would-change' } as const

  expect((await run([{ ...FAILS, after: [SERVICE] }], { test: true, states: other }))[0]?.outcome).toBe('failed')
  expect((await run([{ ...FAILS, after: [SERVICE] }], { states: { [SERVICE]: 'changed' } }))[0]?.outcome).toBe('failed')
})

it('checks are not run when the run did not finish its states', async () => {
  expect(await run([check({})], { states: { [SERVICE]: 'not-run' } })).toEqual([
    { key: 'app/works', outcome: 'not-run', durationMs: 0 },
  ])
})

it('checks are skipped or killed when the run is cancelled', async () => {
  const cancel = new AbortController()
  const [long, next] = [check({ run: ['sleep', '300'], timeout: 60 }), check({ key: 'app/next' })]
  const running = run([long, next], { cancelled: cancel.signal })
  cancel.abort()

  expect(await running).toMatchObject([
    { key: 'app/works', outcome: 'not-run' },
    { key: 'app/next', outcome: 'not-run' },
  ])
})
