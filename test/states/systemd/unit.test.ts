import { describe, expect, it } from 'vitest'
import { systemdUnit } from '../../../states/systemd/unit.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeEntry, type FakeSystem } from '../../fake/fake-system.ts'

const UNIT = '/etc/systemd/system/gate.service'
const DROPIN = '/etc/systemd/system/gate.service.d/fleet.conf'
const GATE = { name: 'gate', contents: '[Service]\nExecStart=/bin/true\n' }

function hostWith(path: string, entry: FakeEntry | undefined, stale = false): FakeSystem {
  let needs = stale
  const fake = createFakeSystem({
    files: {
      '/etc/systemd/system': { directory: true },
      '/etc/systemd/system/gate.service.d': undefined,
      [UNIT]: undefined,
      [path]: entry,
    },
    query: argv =>
      argv.join(' ') === 'systemctl show --property=NeedDaemonReload --value -- gate.service'
        ? needs
          ? 'yes\n'
          : 'no\n'
        : undefined,
  })
  return {
    ...fake,
    perform: async action => {
      if (action.do === 'daemon-reload') needs = false
      return fake.perform(action)
    },
  }
}

describe('systemd.unit', () => {
  it('writes the unit and lets systemd read it', async () => {
    const { actions, left } = await applyState(systemdUnit, GATE, hostWith(UNIT, undefined))

    expect(actions).toMatchObject([
      { do: 'write-file', path: UNIT, content: GATE.contents, mode: '0644', owner: 'root' },
      { do: 'daemon-reload' },
    ])
    expect(left).toEqual([])
  })

  it('writes a drop-in below a directory of its own', async () => {
    const { actions, left } = await applyState(systemdUnit, { ...GATE, dropin: 'fleet' }, hostWith(DROPIN, undefined))

    expect(actions.map(action => [action.do, 'path' in action ? action.path : ''])).toEqual([
      ['make-directory', '/etc/systemd/system/gate.service.d'],
      ['write-file', DROPIN],
      ['daemon-reload', ''],
    ])
    expect(left).toEqual([])
  })

  it('leaves a unit alone that systemd knows as it is', async () => {
    expect(await planState(systemdUnit, GATE, hostWith(UNIT, { content: GATE.contents }))).toEqual([])
  })

  it('writes what drifted, and lets systemd read what somebody edited without saying so', async () => {
    const drifted = await planState(systemdUnit, GATE, hostWith(UNIT, { content: '[Unit]\n' }))
    const stale = await planState(systemdUnit, GATE, hostWith(UNIT, { content: GATE.contents }, true))

    expect(drifted.map(action => action.do)).toEqual(['write-file', 'daemon-reload'])
    expect(stale).toEqual([{ do: 'daemon-reload' }])
  })

  it('refuses a link in the way, such as that of a mask', async () => {
    await expect(planState(systemdUnit, GATE, hostWith(UNIT, { target: '/dev/null' }))).rejects.toMatchObject({
      problems: [{ code: 'PATH_TAKEN' }],
    })
  })

  it('does nothing when it is applied twice', async () => {
    const host = hostWith(UNIT, undefined)

    await applyState(systemdUnit, GATE, host)

    expect((await applyState(systemdUnit, GATE, host)).actions).toEqual([])
  })
})
