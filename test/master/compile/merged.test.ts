import { expect, it } from 'vitest'
import { Secret } from '../../../protocol/secret.ts'
import { compileScene, problemLines } from './compile-scene.ts'

const ROLES = {
  'one/states.yml': `packages of one:
  pkg.installed: {pkgs: [one]}
/etc/shared.d:
  file.directory: {require: [{pkg: packages of one}]}
/etc/shared.d/one:
  file.managed: {contents: "1\\n", require: [{file: /etc/shared.d}]}
`,
  'two/states.yml': `packages of two:
  pkg.installed: {pkgs: [two]}
the directory:
  file.directory: {name: /etc/shared.d, require: [{pkg: packages of two}], require_in: [{file: /etc/shared.d/two}]}
/etc/shared.d/two:
  file.managed: {contents: "2\\n", require: [{file: the directory}]}
`,
}

it('two unrelated roles can declare the same resource, each with its own name and requisites for it', () => {
  const compiled = compileScene({ roles: ROLES, assigned: ['one', 'two'] })

  expect(problemLines(compiled)).toEqual(['(no problem)'])
  if (!compiled.ok) return
  expect(
    compiled.catalog.states.map(({ key, requisites }) => `${key} <- ${requisites.require?.join(', ') ?? ''}`),
  ).toEqual([
    'one/pkg.installed/packages of one <- ',
    'two/pkg.installed/packages of two <- ',
    'one/file.directory//etc/shared.d <- one/pkg.installed/packages of one, two/pkg.installed/packages of two',
    'one/file.managed//etc/shared.d/one <- one/file.directory//etc/shared.d',
    'two/file.managed//etc/shared.d/two <- one/file.directory//etc/shared.d',
  ])
  expect(compiled.catalog.states[2]?.declaredAt.map(({ file }) => file)).toEqual([
    'roles/one/states.yml',
    'roles/two/states.yml',
  ])
})

it('the digest of a secret is treated as a secret', () => {
  const compiled = compileScene({
    roles: {
      'app/role.yml': 'pillar: {app.password: {type: secret}}\n',
      'app/states.yml': '/etc/app:\n  file.managed: {contents: "#{{sha256 pillar.app.password}}"}\n',
    },
    pillar: { app: { password: new Secret('abc', 'app.password') } },
  })

  expect(problemLines(compiled)).toEqual(['(no problem)'])
  if (!compiled.ok) return
  const digest = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  expect(compiled.secrets).toEqual([digest])
  expect(JSON.stringify(compiled.catalog)).not.toContain(digest)
})
