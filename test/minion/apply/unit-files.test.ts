import { expect, it } from 'vitest'
import { isUnitFile } from '../../../minion/apply/unit-files.ts'
import type { UnitStatus } from '../../../states/system.ts'
import { createFakeSystem, type FakeSystem } from '../../fake/fake-system.ts'
import { keyOf, runStates, type StateWish } from './engine-scene.ts'

const DROPIN = '/etc/systemd/system/nginx.service.d/limit.conf'
const CONF = '/etc/nginx.conf'
const ROOT = { name: 'root', uid: 0, gid: 0, group: 'root', gecos: '', home: '/root', shell: '/bin/bash', groups: [] }
const NGINX: UnitStatus = {
  load: 'loaded',
  active: 'active',
  sub: 'running',
  enabled: 'enabled',
  details: {
    restarts: 0,
    activeForMs: 1e9,
    result: 'success',
    lastEnd: undefined,
    conditionMet: true,
    endsByItself: false,
    needsReload: false,
  },
}

function host(): FakeSystem {
  return createFakeSystem({
    users: { root: ROOT },
    groups: { root: { name: 'root', gid: 0, members: [] } },
    units: { nginx: NGINX },
    files: {
      '/': { directory: true },
      '/etc': { directory: true },
      '/etc/systemd': { directory: true },
      '/etc/systemd/system': { directory: true },
      '/etc/systemd/system/nginx.service.d': { directory: true },
      [DROPIN]: { content: 'old' },
      [CONF]: { content: 'old' },
    },
  })
}

const restarting = (path: string): readonly StateWish[] => [
  { type: 'file.managed', name: path, params: { contents: 'new' } },
  { type: 'service.running', name: 'nginx', requisites: { watch: [keyOf('file.managed', path)] } },
]

it('a dry run shows a reload of systemd before a restart only when a watched file belongs to a unit', async () => {
  const shown = async (path: string) => {
    const { results } = await runStates(host(), restarting(path), { test: true })
    return results[1]?.actions?.map(({ summary }) => summary)
  }

  expect(await shown(DROPIN)).toEqual(['reload systemd', 'restart nginx'])
  expect(await shown(CONF)).toEqual(['restart nginx'])
})

it('an apply does not reload systemd before a restart that does not need it', async () => {
  const system = host()

  await runStates(system, restarting(CONF))

  expect(system.performed.map(action => action.do)).toEqual(['write-file', 'unit'])
})

it('a file of a unit is one that systemd reads on a daemon-reload', () => {
  expect([DROPIN, '/usr/lib/systemd/system/a.service', '/etc/fstab'].map(isUnitFile)).toEqual([true, true, true])
  expect(['/etc/systemd/resolved.conf', '/etc/fstab.d/x', CONF].map(isUnitFile)).toEqual([false, false, false])
})
