import { describe, expect, it } from 'vitest'
import { serviceRunning } from '../../../states/service/running.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem } from '../../fake/fake-system.ts'

const NGINX = { name: 'nginx' }
const stopped = { load: 'loaded', active: 'inactive', sub: 'dead', enabled: 'disabled' }
const running = { load: 'loaded', active: 'active', sub: 'running', enabled: 'enabled' }

describe('service.running', () => {
  it('enables and starts a unit that was never started, with its files read anew', async () => {
    const host = createFakeSystem({ units: { nginx: stopped } })

    const { actions, left } = await applyState(serviceRunning, NGINX, host)

    expect(actions).toEqual([
      { do: 'unit', unit: 'nginx', verb: 'enable' },
      { do: 'daemon-reload' },
      { do: 'unit', unit: 'nginx', verb: 'start' },
    ])
    expect(left).toEqual([])
  })

  it('leaves alone what already runs, also when it cannot be enabled', async () => {
    expect(await planState(serviceRunning, NGINX, createFakeSystem({ units: { nginx: running } }))).toEqual([])
    const unit = { ...running, enabled: 'static' }
    expect(await planState(serviceRunning, NGINX, createFakeSystem({ units: { nginx: unit } }))).toEqual([])
  })

  it('starts what failed, and disables what shall not start at boot', async () => {
    const host = createFakeSystem({ units: { nginx: { ...running, active: 'failed', sub: 'failed' } } })

    const { actions, left } = await applyState(serviceRunning, { ...NGINX, enable: false }, host)

    expect(actions.flatMap(action => (action.do === 'unit' ? [action.verb] : []))).toEqual(['disable', 'start'])
    expect(left).toEqual([])
  })

  it('refuses a unit that does not exist or is masked, unless it may unmask', async () => {
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

  it('does nothing when it is applied twice', async () => {
    const host = createFakeSystem({ units: { nginx: stopped } })

    await applyState(serviceRunning, NGINX, host)

    expect((await applyState(serviceRunning, NGINX, host)).actions).toEqual([])
  })

  it('restarts, or reloads, when a watched state changed', async () => {
    const host = createFakeSystem({ units: { nginx: running } })

    const restart = await applyState(serviceRunning, NGINX, host)
    const reload = await applyState(serviceRunning, { ...NGINX, reload: true }, host)

    expect(restart.reactions).toEqual([{ do: 'daemon-reload' }, { do: 'unit', unit: 'nginx', verb: 'restart' }])
    expect(reload.reactions.at(-1)).toEqual({ do: 'unit', unit: 'nginx', verb: 'reload' })
  })

  it('owns a unit by its full name', () => {
    expect(serviceRunning.owns({ name: 'ssh' })).toBe(serviceRunning.owns({ name: 'ssh.service' }))
    expect(serviceRunning.owns({ name: 'ssh.socket' })).toBe('service:ssh.socket')
  })
})
