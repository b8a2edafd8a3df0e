import { expect, it } from 'vitest'
import { pkgRemoved } from '../../../states/pkg/removed.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem } from '../../fake/fake-system.ts'

const installed = { version: '1', status: 'installed' } as const
const rest = { version: '1', status: 'config-files' } as const

it('pkg.removed does nothing on a host without the package', async () => {
  expect(await planState(pkgRemoved, { name: 'exim4' }, createFakeSystem({ packages: { exim4: undefined } }))).toEqual(
    [],
  )
})

it('pkg.removed leaves a removed package with configuration files unchanged', async () => {
  expect(await planState(pkgRemoved, { name: 'exim4' }, createFakeSystem({ packages: { exim4: rest } }))).toEqual([])
})

it('pkg.removed removes an installed package', async () => {
  const host = createFakeSystem({ packages: { exim4: installed, at: undefined } })

  const { actions, left } = await applyState(pkgRemoved, { name: 'unwanted', pkgs: ['exim4', 'at'] }, host)

  expect(actions).toEqual([{ do: 'remove-packages', names: ['exim4'], purge: false }])
  expect(left).toEqual([])
})

it('pkg.removed with purge removes configuration files and half-installed packages', async () => {
  const host = createFakeSystem({ packages: { exim4: rest, at: { version: '1', status: 'broken' } } })

  const { actions, left } = await applyState(pkgRemoved, { name: 'x', pkgs: ['exim4', 'at'], purge: true }, host)

  expect(actions).toMatchObject([{ names: ['exim4', 'at'], purge: true }])
  expect(left).toEqual([])
})

it('pkg.removed does nothing when it is applied twice', async () => {
  const host = createFakeSystem({ packages: { exim4: installed } })

  await applyState(pkgRemoved, { name: 'exim4' }, host)

  expect((await applyState(pkgRemoved, { name: 'exim4' }, host)).actions).toEqual([])
})

it('pkg.removed leaves a provider of a virtual package unchanged, so that removing an orphan always ends', async () => {
  const host = createFakeSystem({
    packages: { 'mail-agent': { version: '', status: 'installed', providedBy: ['postfix'] } },
  })

  expect(await planState(pkgRemoved, { name: 'mail-agent' }, host)).toEqual([])
})

it('pkg.removed removes the providers of a virtual package when the list names them too', async () => {
  const host = createFakeSystem({
    packages: { postfix: installed, 'mail-agent': { version: '', status: 'installed', providedBy: ['postfix'] } },
  })
  const both = { name: 'no mail', pkgs: ['postfix', 'mail-agent'] }

  expect(await planState(pkgRemoved, both, host)).toMatchObject([{ names: ['postfix'] }])
})
