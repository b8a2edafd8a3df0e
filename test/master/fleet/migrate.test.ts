import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { planMigration, writeMigration } from '../../../master/fleet/migrate.ts'
import { migrateText } from '../../../master/fleet/migrate-text.ts'
import { problemsOf } from '../../../protocol/errors.ts'

const ROLE = `# what it is for
summary: 'does, leases and opens'   # leases: stays
ready: false      # not yet
does: [Serves pages]
"opens":
  web: {ports: [80/tcp], from: "{{minion.vars.opens}}"}   # opens
leases:   # one number each
  leases: {from: 1, to: 9}
exports:
  number: {type: integer, value: "{{leases.leases}}"}
`

const directory = mkdtempSync(join(tmpdir(), 'migrate-'))
afterAll(() => rmSync(directory, { recursive: true }))

function fleet(name: string, files: { readonly [path: string]: string }): string {
  const root = join(directory, name)
  for (const [path, text] of Object.entries({ 'fleet.yml': 'id: abcdefgh\nlevels: [a]\n', ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

async function problems(root: string): Promise<readonly string[]> {
  const thrown = await planMigration(root).then(
    () => [],
    (error: unknown) => problemsOf(error),
  )
  return thrown.map(({ code, source }) => `${source?.file}:${source?.line}:${source?.column} ${code}`)
}

it('migrating a role.yml renames its keys and paths, and nothing else', () => {
  expect(migrateText('roles/web/role.yml', ROLE).text).toBe(`# what it is for
summary: 'does, leases and opens'   # leases: stays
draft: true      # not yet
purpose: [Serves pages]
"ingress":
  web: {ports: [80/tcp], from: "{{minion.vars.opens}}"}   # opens
allocations:   # one number each
  leases: {from: 1, to: 9}
exports:
  number: {type: integer, value: "{{allocations.leases}}"}
`)
})

it('migrating a role.yml a second time changes nothing', () => {
  const once = migrateText('roles/web/role.yml', ROLE).text

  expect(migrateText('roles/web/role.yml', once)).toMatchObject({ text: once, edits: [], problems: [] })
})

it.each([
  ['{{leases.id}}', '{{allocations.id}}'],
  ['{{#each minion.openings as |open|}}', '{{#each minion.ingress as |open|}}'],
  ['{{json (sum leases.id ../leases.id)}}', '{{json (sum allocations.id ../allocations.id)}}'],
  ['{{json leases}}', '{{json allocations}}'],
  [
    '{{lookup pillar "leases"}} {{minion.vars.leases}} {{x leases=1}}',
    '{{lookup pillar "leases"}} {{minion.vars.leases}} {{x leases=1}}',
  ],
  ['leases.id {{! leases.id }} {{@leases}} {{leases_of.x}}', 'leases.id {{! leases.id }} {{@leases}} {{leases_of.x}}'],
])('migrating the template `%s` gives `%s`', (text, expected) => {
  expect(migrateText('roles/web/templates/a.conf', text).text).toBe(expected)
})

it('migrating a runbook renames the key of a step', () => {
  const text = 'steps:\n  - {name: lease, lease: db, to: "x"}\n'

  expect(migrateText('runbooks/a.yml', text).text).toBe('steps:\n  - {name: lease, allocation: db, to: "x"}\n')
})

it('migrating fleet.yml renames verbs in rights', () => {
  const text = 'operators:\n  anna:\n    rights:\n      - {verbs: [look, "lease-release"], target: "*"}\n'

  expect(migrateText('fleet.yml', text).text).toBe(text.replace('lease-release', 'allocation-release'))
})

it('migrating leaves pillar files, the inventory and the files of a role unchanged', () => {
  const files = ['pillar/common.yml', 'roles/web/files/role.yml', 'inventory.yml']

  expect(files.map(file => migrateText(file, 'leases: "{{leases.x}}"\n').text)).toEqual(
    files.map(() => 'leases: "{{leases.x}}"\n'),
  )
})

it('migrating files with CRLF line endings keeps them', () => {
  expect(migrateText('roles/web/role.yml', 'does:\r\n  - x\r\nready: false\r\n').text).toBe(
    'purpose:\r\n  - x\r\ndraft: true\r\n',
  )
})

it('a migration reports every obstacle of all files at once', async () => {
  const root = fleet('broken', {
    'roles/a/role.yml': 'leases: {}\nallocations: {}\n',
    'roles/b/role.yml': 'ready: maybe\n',
    'roles/c/states.yml': 'x:\n  each: "{{leases.list}}"\n  as: leases\n  cmd.run: {cmd: ["{{leases.x}}"]}\n',
    'roles/d/role.yml': 'does: [\n',
  })

  expect(await problems(root)).toEqual([
    'roles/a/role.yml:1:1 MIGRATION_IMPOSSIBLE',
    'roles/b/role.yml:1:8 MIGRATION_IMPOSSIBLE',
    'roles/c/states.yml:3:3 MIGRATION_IMPOSSIBLE',
    'roles/d/role.yml:1:7 YAML_INVALID',
  ])
})

it('a migration refuses a directory that is not a fleet', async () => {
  await expect(planMigration(join(directory, 'nowhere'))).rejects.toMatchObject({ code: 'FLEET_UNREADABLE' })
})

it('a migration keeps the permissions of the files that it writes', async () => {
  const root = fleet('modes', { 'roles/a/role.yml': 'does: [x]\n' })
  chmodSync(join(root, 'roles/a/role.yml'), 0o640)
  await writeMigration(await planMigration(root))

  expect(readFileSync(join(root, 'roles/a/role.yml'), 'utf8')).toBe('purpose: [x]\n')
  expect(statSync(join(root, 'roles/a/role.yml')).mode & 0o777).toBe(0o640)
  expect(await planMigration(root)).toEqual([])
})

it('a migration that cannot write one file leaves all files unchanged', async () => {
  const root = fleet('half', { 'roles/a/role.yml': 'does: [x]\n', 'roles/b/role.yml': 'does: [y]\n' })
  const plan = await planMigration(root)
  rmSync(join(root, 'roles/b'), { recursive: true })

  await expect(writeMigration(plan)).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
  expect(readFileSync(join(root, 'roles/a/role.yml'), 'utf8')).toBe('does: [x]\n')
})
