import { describe, expect, it } from 'vitest'
import { pkgInstalled } from '../../../states/pkg/installed.ts'
import { applyState, bindState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem } from '../../fake/fake-system.ts'

const TWO = { name: 'database', pkgs: ['mariadb-server', { socat: '1.7.4-4' }] }

it('pkg.installed installs missing packages in one run after updating the package lists', async () => {
  const host = createFakeSystem({ packages: { 'mariadb-server': undefined, socat: undefined } })

  const { actions, left } = await applyState(pkgInstalled, TWO, host)

  expect(actions).toEqual([
    {
      do: 'install-packages',
      packages: [{ name: 'mariadb-server' }, { name: 'socat', version: '1.7.4-4' }],
      refresh: true,
    },
  ])
  expect(left).toEqual([])
})

it('pkg.installed leaves an installed package unchanged, in any version', async () => {
  const host = createFakeSystem({ packages: { nginx: { version: '1.22.1-9', status: 'installed' } } })

  expect(await planState(pkgInstalled, { name: 'nginx' }, host)).toEqual([])
  expect(await planState(pkgInstalled, { name: 'nginx', version: '1.22.1-9' }, host)).toEqual([])
})

it('pkg.installed installs only the package whose version differs from the pinned one', async () => {
  const packages = {
    'mariadb-server': { version: '10.11', status: 'installed' },
    socat: { version: '1.7.4-3', status: 'installed' },
  } as const
  const host = createFakeSystem({ packages })

  const { actions, left } = await applyState(pkgInstalled, TWO, host)

  expect(actions).toMatchObject([{ packages: [{ name: 'socat', version: '1.7.4-4' }] }])
  expect(left).toEqual([])
})

it('pkg.installed installs a package that is half-installed or in the state config-files', async () => {
  const packages = { a1: { version: '1', status: 'broken' }, b1: { version: '1', status: 'config-files' } } as const
  const host = createFakeSystem({ packages })

  const { actions, left } = await applyState(pkgInstalled, { name: 'both', pkgs: ['a1', 'b1'] }, host)

  expect(actions).toMatchObject([{ packages: [{ name: 'a1' }, { name: 'b1' }] }])
  expect(left).toEqual([])
})

it('pkg.installed does nothing when it is applied twice', async () => {
  const host = createFakeSystem({ packages: { 'mariadb-server': undefined, socat: undefined } })

  await applyState(pkgInstalled, TWO, host)

  expect((await applyState(pkgInstalled, TWO, host)).actions).toEqual([])
})

it('pkg.installed rejects one version for several packages, and an invalid package name', () => {
  expect(() => bindState(pkgInstalled, { ...TWO, version: '1' })).toThrow('PARAM_INVALID')
  expect(() => bindState(pkgInstalled, { name: 'the web server' })).toThrow('not the name of a Debian package')
})

describe('pkg.installed of a version that is older than the installed one', () => {
  const packages = { 'hh-test': { version: '2.0', status: 'installed' } } as const
  const older = { name: 'hh-test', version: '1.0' }

  it('pkg.installed refuses a downgrade before it changes anything, and the hint says how to allow it', async () => {
    await expect(planState(pkgInstalled, older, createFakeSystem({ packages }))).rejects.toMatchObject({
      problems: [
        {
          code: 'PACKAGE_FAILED',
          message: '`hh-test` 2.0 is installed, and `1.0` is older',
          hint: expect.stringContaining('allow_downgrade: true'),
        },
      ],
    })
  })

  it('pkg.installed installs an older version with allow_downgrade', async () => {
    const host = createFakeSystem({ packages })
    const { actions, left } = await applyState(pkgInstalled, { ...older, allow_downgrade: true }, host)

    expect(actions).toMatchObject([{ packages: [older], allowDowngrade: true }])
    expect(left).toEqual([])
  })
})

describe('pkg.installed of a virtual package', () => {
  const packages = { 'mail-agent': { version: '', status: 'installed', providedBy: ['postfix'] } } as const

  it('pkg.installed does nothing for a virtual package when an installed package provides it', async () => {
    expect(await planState(pkgInstalled, { name: 'mail-agent' }, createFakeSystem({ packages }))).toEqual([])
  })

  it('pkg.installed refuses a virtual package with a version and names its providers', async () => {
    const pinned = { name: 'mail-agent', version: '1.0' }

    await expect(planState(pkgInstalled, pinned, createFakeSystem({ packages }))).rejects.toMatchObject({
      problems: [{ code: 'PACKAGE_FAILED', message: expect.stringContaining('`postfix`') }],
    })
  })
})
