import { describe, expect, it } from 'vitest'
import type { Problem } from '../../../protocol/errors.ts'
import { serviceRunning } from '../../../states/service/running.ts'
import type { UnitDetails, UnitStatus } from '../../../states/system.ts'
import { applyState, bindState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem } from '../../fake/fake-system.ts'

const NGINX = { name: 'nginx' }
const stopped = { load: 'loaded', active: 'inactive', sub: 'dead', enabled: 'disabled' }
const running = { load: 'loaded', active: 'active', sub: 'running', enabled: 'enabled' }

it('service.running enables and starts a stopped unit after a daemon-reload', async () => {
  const host = createFakeSystem({ units: { nginx: stopped } })

  const { actions, left } = await applyState(serviceRunning, NGINX, host)

  expect(actions).toEqual([
    { do: 'unit', unit: 'nginx', verb: 'enable' },
    { do: 'daemon-reload' },
    { do: 'unit', unit: 'nginx', verb: 'start' },
  ])
  expect(left).toEqual([])
})

it('service.running leaves a running unit unchanged, even one that cannot be enabled', async () => {
  expect(await planState(serviceRunning, NGINX, createFakeSystem({ units: { nginx: running } }))).toEqual([])
  const unit = { ...running, enabled: 'static' }
  expect(await planState(serviceRunning, NGINX, createFakeSystem({ units: { nginx: unit } }))).toEqual([])
})

it('service.running starts a failed unit, and with `enable: false` disables it', async () => {
  const host = createFakeSystem({ units: { nginx: { ...running, active: 'failed', sub: 'failed' } } })

  const { actions, left } = await applyState(serviceRunning, { ...NGINX, enable: false }, host)

  expect(actions.flatMap(action => (action.do === 'unit' ? [action.verb] : []))).toEqual(['disable', 'start'])
  expect(left).toEqual([])
})

it('service.running refuses a missing unit, and a masked one unless `unmask` is set', async () => {
  const missing = createFakeSystem({
    units: { nginx: { load: 'not-found', active: 'inactive', sub: '', enabled: '' } },
  })
  const masked = createFakeSystem({ units: { nginx: { ...stopped, load: 'masked', enabled: 'masked' } } })

  await expect(planState(serviceRunning, NGINX, missing)).rejects.toMatchObject({
    problems: [{ code: 'UNIT_MISSING', hint: expect.stringContaining('pkg.installed') }],
  })
  await expect(planState(serviceRunning, NGINX, masked)).rejects.toMatchObject({
    problems: [{ code: 'UNIT_MASKED' }],
  })
  expect((await applyState(serviceRunning, { ...NGINX, unmask: true }, masked)).left).toEqual([])
})

it('service.running does nothing when it is applied twice', async () => {
  const host = createFakeSystem({ units: { nginx: stopped } })

  await applyState(serviceRunning, NGINX, host)

  expect((await applyState(serviceRunning, NGINX, host)).actions).toEqual([])
})

it('service.running restarts or reloads when a watched state changed', async () => {
  const host = createFakeSystem({ units: { nginx: running } })

  const restart = await applyState(serviceRunning, NGINX, host)
  const reload = await applyState(serviceRunning, { ...NGINX, reload: true }, host)

  expect(restart.reactions).toEqual([{ do: 'daemon-reload' }, { do: 'unit', unit: 'nginx', verb: 'restart' }])
  expect(reload.reactions.at(-1)).toEqual({ do: 'unit', unit: 'nginx', verb: 'reload' })
})

it('service.running reloads systemd only when the unit or a drop-in has changed since systemd read it', async () => {
  const verbs = async (unit: UnitStatus, needsReload: boolean): Promise<readonly string[]> => {
    const host = createFakeSystem({ units: { nginx: { ...unit, details: { ...calm, needsReload } } } })
    const { actions, reactions } = await bindState(serviceRunning, NGINX).inspect(host)
    return [...actions, ...reactions].map(action => (action.do === 'unit' ? action.verb : action.do))
  }
  const off = { ...stopped, enabled: 'enabled' }

  expect(await verbs(off, true)).toEqual(['daemon-reload', 'start', 'daemon-reload', 'restart'])
  expect(await verbs(off, false)).toEqual(['start', 'restart'])
  expect(await verbs(running, true)).toEqual(['daemon-reload', 'restart'])
  expect(await verbs(running, false)).toEqual(['restart'])
})

it('service.running owns a unit by its full name', () => {
  expect(serviceRunning.owns({ name: 'ssh' })).toBe(serviceRunning.owns({ name: 'ssh.service' }))
  expect(serviceRunning.owns({ name: 'ssh.socket' })).toBe('service:ssh.socket')
})

it('service.running refuses a oneshot that ends by itself unless systemd has not read its new file yet', async () => {
  const oneshot = (needsReload: boolean) =>
    createFakeSystem({ units: { nginx: { ...stopped, details: { ...calm, endsByItself: true, needsReload } } } })

  await expect(planState(serviceRunning, NGINX, oneshot(false))).rejects.toThrow(
    'a oneshot without `RemainAfterExit=yes`',
  )
  expect(await planState(serviceRunning, NGINX, oneshot(true))).toHaveLength(3)
})

it('service.running restarts a service in auto-restart, so that the restart counter is reset', async () => {
  const waiting = { ...running, active: 'activating', sub: 'auto-restart' }

  const actions = await planState(serviceRunning, NGINX, createFakeSystem({ units: { nginx: waiting } }))

  expect(actions.at(-1)).toEqual({ do: 'unit', unit: 'nginx', verb: 'restart' })
})

const calm: UnitDetails = {
  restarts: 0,
  activeForMs: undefined,
  result: 'success',
  lastEnd: undefined,
  conditionMet: true,
  endsByItself: false,
  needsReload: false,
}

describe('the second look of service.running', () => {
  const journal = { query: () => ({ exitCode: 0, stdout: 'cannot bind to port 80\n', stderr: '' }) }

  /** Returns the problem found at the end of a run in which the unit had the status `first` at its turn and `now` at the end. */
  async function problemOf(first: UnitStatus, now: UnitStatus, restarted: boolean): Promise<Problem | undefined> {
    const bound = serviceRunning.bind({ name: 'nginx', enable: true, reload: false, unmask: false }, () => {
      throw new Error('no secrets here')
    })
    const { recheck } = await bound.inspect(createFakeSystem({ units: { nginx: first }, ...journal }))
    return await recheck?.(createFakeSystem({ units: { nginx: now }, ...journal }), restarted)
  }

  it('the second check of service.running reports a service that died after its start, with exit status and journal', async () => {
    const details = { ...calm, result: 'exit-code', lastEnd: 'exit status 3' }
    const dead = { ...running, active: 'failed', sub: 'failed', details }

    const problem = await problemOf(stopped, dead, true)

    expect(problem?.code).toBe('SERVICE_NOT_RUNNING')
    expect(problem?.message).toBe(
      'the service `nginx` is failed (failed, result exit-code) at the end of the run: its main process ended with exit status 3; the end of its journal:\ncannot bind to port 80',
    )
  })

  it('the second check of service.running reports an active service that systemd restarted after its start', async () => {
    const again = { ...running, details: { ...calm, restarts: 2, activeForMs: 100 } }

    expect((await problemOf(stopped, again, true))?.message).toContain('was restarted 2 times by systemd')
  })

  it('the second check of service.running reports an active service that keeps restarting without a change', async () => {
    const looping = (restarts: number): UnitStatus => ({ ...running, details: { ...calm, restarts, activeForMs: 900 } })

    expect((await problemOf(looping(7), looping(8), false))?.message).toContain('was restarted 1 times by systemd')
    expect(await problemOf(looping(7), looping(7), false)).toBeUndefined()
  })

  it('the second check of service.running reports an unmet condition, for which systemctl start does not fail', async () => {
    const unmet = { ...stopped, details: { ...calm, conditionMet: false } }

    expect((await problemOf(stopped, unmet, true))?.message).toContain('a condition of the unit is not met')
  })

  it('the second check of service.running reports nothing for a running service', async () => {
    expect(await problemOf(stopped, { ...running, details: calm }, true)).toBeUndefined()
  })
})
