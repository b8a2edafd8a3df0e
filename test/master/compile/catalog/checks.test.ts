import { expect, it } from 'vitest'
import type { Catalog } from '../../../../protocol/catalog.ts'
import { decodeCatalog, encodeCatalog } from '../../../../protocol/catalog.ts'
import { Secret } from '../../../../protocol/secret.ts'
import { compileScene, type PillarMap, problemLines } from '../compile-scene.ts'

const STATES = `
nginx package:
  pkg.installed: {name: nginx}
/etc/nginx/fleet.conf:
  file.managed: {contents: x, require: [{pkg: nginx package}]}
nginx:
  service.running: {watch: [{file: /etc/nginx/fleet.conf}]}
/etc/motd:
  file.managed: {contents: hello}
`

function catalogOf(role: string, pillar: PillarMap = {}, roles: { readonly [path: string]: string } = {}): Catalog {
  const result = compileScene({ roles: { 'app/role.yml': role, 'app/states.yml': STATES, ...roles }, pillar })
  expect(problemLines(result)).toEqual(['(no problem)'])
  if (!result.ok) throw new Error('no catalog')
  return result.catalog
}

it('the checks of a catalog are rendered for the minion with all defaults', () => {
  const catalog = catalogOf(`
checks:
  answers: {run: [curl, -sf, "http://{{grains.ip4}}/"], expect: {stdout: 0}}
  of somebody: {run: [id, -un], user: www-data, timeout: 5, expect: {exit: 1, stdout: /^www/i, stdout_contains: w, stderr: ""}}
`)

  expect(catalog.checks).toMatchObject([
    {
      key: 'app/answers',
      role: 'app',
      name: 'answers',
      run: ['curl', '-sf', 'http://10.0.0.11/'],
      timeout: 30,
      expect: { exit: 0, stdout: '0' },
      declaredAt: { file: 'roles/app/role.yml', line: 3 },
    },
    {
      key: 'app/of somebody',
      user: 'www-data',
      timeout: 5,
      expect: { exit: 1, stdout: '/^www/i', stdoutContains: 'w', stderr: '' },
    },
  ])
  expect(decodeCatalog(encodeCatalog(catalog))).toEqual(catalog)
})

it('a check depends on all states of its role, or on those that it requires and their requisites', () => {
  const catalog = catalogOf(`
checks:
  everything: {run: [a]}
  the daemon: {run: [a], require: [{service: nginx}]}
  nothing: {run: [a], require: []}
`)

  const grounds = Object.fromEntries((catalog.checks ?? []).map(({ name, after }) => [name, after.join(' ')]))
  const daemon = 'app/file.managed//etc/nginx/fleet.conf app/pkg.installed/nginx package app/service.running/nginx'
  expect(grounds['everything']).toContain('app/file.managed//etc/motd')
  expect(grounds['the daemon']).toBe(daemon)
  expect(grounds['nothing']).toBe('')
})

it('a check depends on states of an included role only when states of its own role need them', () => {
  const catalog = catalogOf(
    'include: [base]\nchecks:\n  works: {run: [a]}\n',
    {},
    {
      'base/states.yml': '/etc/base:\n  file.managed: {contents: x}\n/etc/needed:\n  file.managed: {contents: x}\n',
      'app/states.yml': '/etc/own:\n  file.managed: {contents: x, require: [{file: /etc/needed}]}\n',
    },
  )

  expect(catalog.checks?.[0]?.after).toEqual(['app/file.managed//etc/own', 'base/file.managed//etc/needed'])
})

it('checks are included only where `when` is true and only from roles of the minion', () => {
  const other = { 'other/role.yml': 'checks:\n  never: {run: [a]}\n', 'other/states.yml': '' }
  const catalog = catalogOf(
    `
checks:
  here: {run: [a], when: "{{eq minion.level 'staging'}}"}
  elsewhere: {run: [a], when: "{{eq minion.level 'production'}}"}
`,
    {},
    other,
  )

  expect(catalog.checks?.map(({ key }) => key)).toEqual(['app/here'])
})

it('checks pass secrets by stdin and env as placeholders', () => {
  const password = new Secret('a clear value', 'app.password')
  const catalog = catalogOf(
    `
pillar:
  app.password: {type: secret}
checks:
  logs in:
    run: [login]
    stdin: "password={{pillar.app.password}}\\n"
    env: {USER: app, TOKEN: "{{pillar.app.password}}"}
`,
    { app: { password } },
  )

  expect(catalog.checks?.[0]).toMatchObject({
    stdin: { $text: ['password=', { slot: 0 }, '\n'] },
    env: { USER: 'app', TOKEN: { $text: [{ slot: 0 }] } },
  })
  expect(catalog.slots.map(({ path }) => path)).toEqual(['app.password'])
  expect(JSON.stringify(catalog)).not.toContain('a clear value')
  expect(decodeCatalog(encodeCatalog(catalog))).toEqual(catalog)
})

it('a catalog without checks and probes has no such keys', () => {
  expect(Object.keys(catalogOf('summary: x'))).not.toContain('checks')
  expect(Object.keys(catalogOf('summary: x'))).not.toContain('probes')
})

it('a minion probes the single TCP ports of all its contracts, each once and in ascending order', () => {
  const catalog = catalogOf(
    'include: [base]\ncontract:\n  ports: {public: [443/tcp, 60000-61000/udp], internal: [3306/tcp, 53/udp, 8000-8010/tcp]}\n',
    {},
    { 'base/role.yml': 'contract:\n  ports: {internal: [22/tcp, 443/tcp]}\n', 'base/states.yml': '' },
  )

  expect(catalog.probes).toEqual([22, 443, 3306])
})
