import { expect, it } from 'vitest'
import { packagesNeededBy } from '../../../minion/apply/removals.ts'
import { STATES } from '../../../states/index.ts'
import { createRegistry } from '../../../states/registry.ts'
import { catalogOf } from './engine-scene.ts'

it('the packages that a catalog needs are those it installs, and not those it removes', () => {
  const catalog = catalogOf([
    { type: 'pkg.installed', name: 'nginx', params: {} },
    { type: 'pkg.installed', name: 'tools', params: { pkgs: ['curl', { less: '590-2' }] } },
    { type: 'pkg.removed', name: 'apache2', params: {} },
    { type: 'file.managed', name: '/etc/motd', params: { contents: '' } },
  ])

  expect([...packagesNeededBy([catalog], createRegistry(STATES))].sort()).toEqual(['curl', 'less', 'nginx'])
})
