import { expect, it } from 'vitest'
import type { UnitStatus } from '../../../states/system.ts'
import { timerAbsent } from '../../../states/timer/absent.ts'
import { timerPresent } from '../../../states/timer/present.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeEntry, type FakeSystem } from '../../fake/fake-system.ts'

const SERVICE = '/etc/systemd/system/mirror.service'
const TIMER = '/etc/systemd/system/mirror.timer'
const MIRROR = {
  name: 'mirror',
  cmd: ['git', 'fetch', 'a "b" $c 100%'],
  on_calendar: ['*:0/10'],
  user: 'git',
  splay: 60,
  max_seconds: 300,
  env: { HOME: '/srv/$x' },
}
const NONE: UnitStatus = { load: 'not-found', active: 'inactive', sub: 'dead', enabled: '' }
const RUNS: UnitStatus = { load: 'loaded', active: 'active', sub: 'waiting', enabled: 'enabled' }

function hostWith(status: UnitStatus, files: { readonly [path: string]: FakeEntry | undefined }): FakeSystem {
  const fake = createFakeSystem({
    files: { '/etc/systemd/system': { directory: true }, [SERVICE]: undefined, [TIMER]: undefined, ...files },
    // Pretend that systemd has loaded the unit: the fake refuses to start a missing one.
    units: { 'mirror.timer': status.load === 'not-found' ? { ...status, load: 'loaded' } : status },
    query(argv) {
      if (argv[0] !== 'systemd-analyze') return argv[1] === 'show' ? 'no\n' : undefined
      const isWrong = argv.at(-1) === 'every day'
      return {
        exitCode: isWrong ? 1 : 0,
        stdout: '',
        stderr: isWrong ? 'Failed to parse calendar specification\n' : '',
      }
    },
  })
  return fake
}

async function right(): Promise<{ readonly [path: string]: FakeEntry | undefined }> {
  const host = hostWith(NONE, {})
  await applyState(timerPresent, MIRROR, host)
  return {
    [SERVICE]: { content: (await host.readText(SERVICE)) ?? '' },
    [TIMER]: { content: (await host.readText(TIMER)) ?? '' },
  }
}

it('timer.present rejects a time that systemd does not understand before it writes anything', async () => {
  const host = hostWith(NONE, {})

  await expect(planState(timerPresent, { ...MIRROR, on_calendar: ['daily', 'every day'] }, host)).rejects.toMatchObject(
    {
      problems: [{ code: 'PARAM_INVALID', message: expect.stringContaining('`every day` (Failed to parse') }],
    },
  )
})

it('timer.present writes both units, and enables and starts the timer', async () => {
  const host = hostWith(NONE, {})

  const { actions, left } = await applyState(timerPresent, MIRROR, host)

  expect(actions.map(action => action.do)).toEqual(['write-file', 'write-file', 'daemon-reload', 'unit', 'unit'])
  expect(left).toEqual([])
  const service = await host.readText(SERVICE)
  expect(service).toContain('User=git\n')
  expect(service).toContain('TimeoutStartSec=300\n')
  expect(service).toContain('ExecStart="git" "fetch" "a \\"b\\" $$c 100%%"\n')
  expect(service).toContain('Environment="HOME=/srv/$x"\n')
  expect(await host.readText(TIMER)).toMatch(/OnCalendar=\*:0\/10\nRandomizedDelaySec=60\n.*Persistent=true\n/s)
})

it('timer.present leaves a correct timer unchanged', async () => {
  expect(await planState(timerPresent, MIRROR, hostWith(RUNS, await right()))).toEqual([])
})

it('timer.present restarts the timer only for changed times, and starts a stopped timer', async () => {
  const files = await right()
  const program = await planState(timerPresent, { ...MIRROR, max_seconds: 301 }, hostWith(RUNS, files))
  const times = await planState(timerPresent, { ...MIRROR, on_calendar: 'daily' }, hostWith(RUNS, files))
  const stopped = await planState(timerPresent, MIRROR, hostWith({ ...RUNS, active: 'inactive' }, files))

  expect(program.map(action => action.do)).toEqual(['write-file', 'daemon-reload'])
  expect(times).toMatchObject([
    { do: 'write-file', path: TIMER },
    { do: 'daemon-reload' },
    { do: 'unit', unit: 'mirror.timer', verb: 'restart' },
  ])
  expect(stopped).toEqual([{ do: 'unit', unit: 'mirror.timer', verb: 'start' }])
})

it('timer.present refuses a symlink at its path', async () => {
  const masked = planState(timerPresent, MIRROR, hostWith(NONE, { [TIMER]: { target: '/dev/null' } }))

  await expect(masked).rejects.toMatchObject({ problems: [{ code: 'PATH_TAKEN' }] })
})

it('timer.present does nothing when it is applied twice', async () => {
  const host = hostWith(NONE, {})

  await applyState(timerPresent, MIRROR, host)

  expect((await applyState(timerPresent, MIRROR, host)).actions).toEqual([])
})

it('timer.absent stops and disables the timer, and removes both units', async () => {
  const { actions, left } = await applyState(timerAbsent, { name: 'mirror' }, hostWith(RUNS, await right()))

  expect(actions).toEqual([
    { do: 'unit', unit: 'mirror.timer', verb: 'stop' },
    { do: 'unit', unit: 'mirror.timer', verb: 'disable' },
    { do: 'remove', path: SERVICE, recursive: false },
    { do: 'remove', path: TIMER, recursive: false },
    { do: 'daemon-reload' },
  ])
  expect(left).toEqual([])
})

it('timer.absent does nothing without a timer, and removes a leftover unit', async () => {
  expect(await planState(timerAbsent, { name: 'mirror' }, hostWith(NONE, {}))).toEqual([])
  expect(await planState(timerAbsent, { name: 'mirror' }, hostWith(NONE, { [SERVICE]: { content: '' } }))).toEqual([
    { do: 'remove', path: SERVICE, recursive: false },
    { do: 'daemon-reload' },
  ])
})
