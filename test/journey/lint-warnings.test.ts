import { afterAll, beforeAll, expect, test } from 'vitest'
import { Scene } from './scene.ts'

/* Warnings of `master lint`: not errors, and exit code 0. */

const scene = new Scene()
const dropIn = (path: string): string => `${path}:
  file.managed: {contents: "Port 22\\n"}
ssh:
  service.running: {reload: true, watch: [{file: ${path}}]}
`

beforeAll(async () => {
  await scene.makeFleet({
    'roles/guard/role.yml':
      'summary: x\npillar:\n  guard.from: {type: [cidr], optional: true, unset_warning: Anyone may reach it.}\n',
    'roles/guard/states.yml': '',
    'roles/one/states.yml': dropIn('/etc/ssh/sshd_config.d/10-one.conf'),
    'roles/two/states.yml': dropIn('/etc/ssh/sshd_config.d/50-two.conf'),
    'pillar/forgotten.yml': '',
    'inventory.yml': 'web1: {roles: [guard, one, two], level: staging}\n',
  })
  await scene.startMaster()
})
afterAll(() => scene.close())

test('`master lint` warns of an unset key, a service shared by two roles and an unused pillar file', async () => {
  const { code, out, err } = await scene.run(['--json', 'lint'])
  const { warnings, problems } = JSON.parse(out) as {
    readonly warnings: readonly { readonly code: string; readonly source?: { readonly file: string } }[]
    readonly problems: readonly unknown[]
  }

  expect({ code, problems, err }).toMatchObject({ code: 0, problems: [] })
  expect(warnings.map(({ code: name, source }) => `${name} ${source?.file}`).toSorted()).toEqual([
    'PILLAR_FILE_UNUSED pillar/forgotten.yml',
    'PILLAR_UNSET roles/guard/role.yml',
    'SERVICE_SHARED roles/two/states.yml',
  ])
})

test('`master lint` shows its warnings with location and hint and says that there are no problems', async () => {
  const { code, out, err } = await scene.run(['lint'])
  const shown = out + err

  expect(code).toBe(0)
  expect(shown).toMatch(/no problems/)
  expect(shown).toMatch(/`guard\.from` is not set for web1: Anyone may reach it\./)
  expect(shown).toContain('50-two.conf')
  expect(shown).toContain('Name it in pillar/top.yml')
})

test('a minion without roles is a warning of `master lint`, `master test` and `master apply`, which exit with 0', async () => {
  await scene.join('bare1', ['--level', 'staging'])
  const said = await Promise.all(
    [['lint'], ['test', 'bare1'], ['apply', 'bare1']].map(async words => {
      const { code, out } = await scene.run(['--json', ...words])
      const { warnings } = JSON.parse(out) as { readonly warnings: readonly { readonly code: string }[] }
      return { code, warning: warnings.find(one => one.code === 'ROLES_MISSING') }
    }),
  )
  const shown = await scene.run(['apply', 'bare1'])

  const warning = {
    message: '`bare1` has no roles, so nothing is applied to it',
    hint: 'Add it to inventory.yml: `bare1: {roles: [base], level: staging}`.',
    minions: ['bare1'],
  }
  expect(said).toMatchObject([
    { code: 0, warning },
    { code: 0, warning },
    { code: 0, warning },
  ])
  expect(shown.out + shown.err).toContain('warning: `bare1` has no roles, so nothing is applied to it')
})
