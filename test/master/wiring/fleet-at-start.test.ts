import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openOperators } from '../../../master/access/operators.ts'
import { createMasterIdentity } from '../../../master/keys/master-identity.ts'
import { RIGHTS } from '../../../master/verbs/rights.ts'
import { fleetAtStart } from '../../../master/wiring/fleet-at-start.ts'

const ID = '0123456789abcdef'
const FLEET = `id: ${ID}\nlevels: [staging]\noperators: {anna: {rights: [{verbs: [test], target: "*"}]}}\n`

async function scene(): Promise<{ readonly fleet: string; readonly state: string; readonly bundled: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-start-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const [fleet, state, bundled] = ['fleet', 'state', 'bundled/roles'].map(name => join(directory, name))
  if (fleet === undefined || state === undefined || bundled === undefined) throw new Error('three names')
  await mkdir(bundled, { recursive: true })
  await lay(fleet, { 'fleet.yml': FLEET, 'inventory.yml': 'db1: {roles: [db], level: staging}\n' })
  await lay(fleet, { 'roles/db/states.yml': '', 'pillar/top.yml': '', 'runbooks/r.yml': '', 'schedule.yml': '' })
  await createMasterIdentity(state, ID, { now: Date.now(), random: size => new Uint8Array(randomBytes(size)) })
  await chmod(fleet, 0o755)
  return { fleet, state, bundled }
}

async function lay(fleet: string, files: { readonly [path: string]: string }): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(fleet, path)), { recursive: true })
    await writeFile(join(fleet, path), text)
  }
}

it('a right with the old name of a verb applies to its new name until fleet.yml is migrated, and affects no other operator', async () => {
  const { fleet } = await scene()
  const boris = 'boris: {rights: [{verbs: [lease-list], target: "*"}]}'
  await lay(fleet, { 'fleet.yml': FLEET.replace('operators: {', `operators: {${boris}, `) })

  const operators = openOperators(fleet, RIGHTS)

  expect(operators.rightsOf('anna').allows('test')).toBe(true)
  expect(operators.rightsOf('boris').allows('allocation-list')).toBe(true)
  expect(operators.rightsOf('boris').allows('test')).toBe(false)
})

it.each([
  ['fleet.yml', 'YAML_INVALID'],
  ['inventory.yml', 'YAML_INVALID'],
  ['schedule.yml', 'YAML_INVALID'],
])(
  'a master starts with the fleet id of its identity when %s is invalid YAML, and reports the problem',
  async (path, code) => {
    const { fleet, state, bundled } = await scene()
    await lay(fleet, { [path]: 'a: [b\n' })

    const { id, problems } = await fleetAtStart(fleet, bundled, state, RIGHTS)

    expect(id).toBe(ID)
    expect(problems.map(problem => problem.code)).toContain(code)
  },
)

it.each([
  'fleet.yml',
  'inventory.yml',
  'schedule.yml',
  'roles/db/states.yml',
  'roles',
  'pillar/top.yml',
  'pillar',
  'runbooks/r.yml',
])('a master starts when %s cannot be read, and reports the problem', async path => {
  const { fleet, state, bundled } = await scene()
  await rm(join(fleet, path), { recursive: true })
  await symlink('/dev/null', join(fleet, path))

  const { id, problems } = await fleetAtStart(fleet, bundled, state, RIGHTS)

  expect(id).toBe(ID)
  expect(problems.map(({ message }) => message).join()).toContain(path)
})

it('a master starts without its fleet directory, except for the first time', async () => {
  const { fleet, state, bundled } = await scene()
  await rm(fleet, { recursive: true })

  expect(await fleetAtStart(fleet, bundled, state, RIGHTS)).toMatchObject({
    id: ID,
    problems: [{ code: 'FLEET_UNREADABLE' }],
  })
  await rm(state, { recursive: true })
  await expect(fleetAtStart(fleet, bundled, state, RIGHTS)).rejects.toMatchObject({ code: 'FLEET_UNREADABLE' })
})

it('an operator has no rights while fleet.yml is broken, and gets them back when it is fixed', async () => {
  const { fleet } = await scene()
  const rights = openOperators(fleet, RIGHTS).rightsOf('anna')
  expect(rights.allows('test')).toBe(true)

  await lay(fleet, { 'fleet.yml': `${FLEET}levels: [\n` })
  expect(() => rights.allows('test')).toThrow()
  await lay(fleet, { 'fleet.yml': FLEET })
  expect(rights.allows('test')).toBe(true)
})
