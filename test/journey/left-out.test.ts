import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ComplianceReport } from '../../master/compliance/report.ts'
import type { ApplyResult } from '../../master/jobs/results.ts'
import { Scene } from './scene.ts'

const scene = new Scene()
const file = (minion: string): string => join(scene.out, `${minion}.txt`)
const states = (contents: string): string => `${scene.out}/{{minion.id}}.txt:
  file.managed:
    contents: "${contents}\\n"
    ${scene.owner.replace(', ', '\n    ')}
`

beforeAll(async () => {
  await scene.makeFleet({
    'roles/hub/role.yml': `summary: publishes where it is
exports:
  address: {type: address, value: "{{minion.vars.where}}"}
`,
    'roles/hub/states.yml': states('hub'),
    'roles/spoke/role.yml': 'summary: finds all hubs\n',
    'roles/spoke/states.yml': states(`{{json (exports 'hub' 'address')}}`.replaceAll('"', '\\"')),
    'roles/other/role.yml': 'summary: reads nothing\n',
    'roles/other/states.yml': states('other'),
    'inventory.yml': `bad-hub: {roles: [hub], level: staging, vars: {where: nowhere}}
spoke1: {roles: [spoke], level: staging}
other1: {roles: [other], level: staging}
`,
  })
  await scene.startMaster()
  for (const id of ['bad-hub', 'spoke1', 'other1']) await scene.join(id)
})
afterAll(() => scene.close())

it('apply --strict stops before sending anything when an export does not fit its type', async () => {
  const said = await scene.run(['apply', '*', '--strict'])

  expect(said.code).toBe(2)
  expect(said.err).toContain('EXPORT_INVALID')
  expect(['bad-hub', 'spoke1', 'other1'].filter(id => existsSync(file(id)))).toEqual([])
})

it('an export that does not fit its type excludes only its reader, is reported with its sender, and gives exit code 2', async () => {
  const { code, out } = await scene.run(['--json', 'apply', '*'])
  const result = JSON.parse(out) as ApplyResult
  const shown = await scene.run(['test', '*'])

  expect(code).toBe(2)
  expect(result.runs.map(({ minion, state }) => `${minion} ${state}`)).toEqual(['bad-hub done', 'other1 done'])
  expect(result.leftOut?.map(({ minion }) => minion)).toEqual(['spoke1'])
  expect(result.leftOut?.[0]?.problems[0]?.code).toBe('EXPORT_INVALID')
  expect(result.leftOut?.[0]?.problems[0]?.message).toContain('bad-hub sent "nowhere"')
  expect(existsSync(file('spoke1'))).toBe(false)
  expect(shown.code).toBe(2)
  expect(shown.out).toMatch(/left out +spoke1\n.*EXPORT_INVALID/)
})

it('lint and the compliance report name an export that does not fit its type', async () => {
  const lint = await scene.run(['lint'])
  const { out } = await scene.run(['--json', 'compliance'])
  const report = JSON.parse(out) as ComplianceReport

  expect(lint.code).toBe(2)
  expect(lint.out + lint.err).toContain('bad-hub sent "nowhere"')
  expect(report.judgements.find(({ minion }) => minion === 'spoke1')?.status).toBe('failed')
  expect(JSON.stringify(report.findings.find(({ minion }) => minion === 'spoke1'))).toContain('bad-hub sent')
})

it('an apply of only minions that read an invalid export fails because nothing can be applied', async () => {
  const said = await scene.run(['apply', 'spoke1'])

  expect(said.code).toBe(2)
  expect(said.err).toContain('bad-hub sent "nowhere"')
})
