import { expect, it } from 'vitest'
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

it('systemd.unit writes the unit file and reloads systemd', async () => {
  const { actions, left } = await applyState(systemdUnit, GATE, hostWith(UNIT, undefined))

  expect(actions).toMatchObject([
    { do: 'write-file', path: UNIT, content: GATE.contents, mode: '0644', owner: 'root' },
    { do: 'daemon-reload' },
  ])
  expect(left).toEqual([])
})

it('systemd.unit writes a drop-in into its own directory', async () => {
  const { actions, left } = await applyState(systemdUnit, { ...GATE, dropin: 'fleet' }, hostWith(DROPIN, undefined))

  expect(actions.map(action => [action.do, 'path' in action ? action.path : ''])).toEqual([
    ['make-directory', '/etc/systemd/system/gate.service.d'],
    ['write-file', DROPIN],
    ['daemon-reload', ''],
  ])
  expect(left).toEqual([])
})

it('systemd.unit leaves a unit unchanged that systemd has loaded as it is', async () => {
  expect(await planState(systemdUnit, GATE, hostWith(UNIT, { content: GATE.contents }))).toEqual([])
})

it('systemd.unit rewrites a drifted unit, and reloads systemd after a manual edit', async () => {
  const drifted = await planState(systemdUnit, GATE, hostWith(UNIT, { content: '[Unit]\n' }))
  const stale = await planState(systemdUnit, GATE, hostWith(UNIT, { content: GATE.contents }, true))

  expect(drifted.map(action => action.do)).toEqual(['write-file', 'daemon-reload'])
  expect(stale).toEqual([{ do: 'daemon-reload' }])
})

it('systemd.unit refuses a symlink at its path, such as that of a masked unit', async () => {
  await expect(planState(systemdUnit, GATE, hostWith(UNIT, { target: '/dev/null' }))).rejects.toMatchObject({
    problems: [{ code: 'PATH_TAKEN' }],
  })
})

it('systemd.unit does nothing when it is applied twice', async () => {
  const host = hostWith(UNIT, undefined)

  await applyState(systemdUnit, GATE, host)

  expect((await applyState(systemdUnit, GATE, host)).actions).toEqual([])
})
