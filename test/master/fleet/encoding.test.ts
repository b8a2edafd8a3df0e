import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openOperators } from '../../../master/access/operators.ts'
import { grantableOf } from '../../../master/access/verb-right.ts'
import { parseSettings } from '../../../master/config-file.ts'
import type { FleetSnapshot } from '../../../master/control/snapshot.ts'
import { editableText, loadFleet } from '../../../master/fleet/load.ts'
import { readSchedule } from '../../../master/fleet/schedule-file.ts'
import { createFleetReader } from '../../../master/fleet/snapshot.ts'
import { loadPillar } from '../../../master/pillar/for-minion.ts'
import { runbooksOf } from '../../../master/runbooks/plan-snapshot.ts'
import { RIGHTS } from '../../../master/verbs/rights.ts'
import { AppError, type Problem } from '../../../protocol/errors.ts'
import { compileScene } from '../compile/compile-scene.ts'

const FLEET = 'id: 0123456789abcdef\nlevels: [staging]\n'

/** Creates a fleet from files given as Latin-1, each character one byte. */
async function fleetWith(files: { readonly [path: string]: string }): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-encoding-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  await mkdir(join(directory, 'bundled/roles'), { recursive: true })
  for (const [path, text] of Object.entries({ 'fleet.yml': FLEET, 'inventory.yml': '{}\n', ...files })) {
    await mkdir(dirname(join(directory, 'fleet', path)), { recursive: true })
    await writeFile(join(directory, 'fleet', path), text, 'latin1')
  }
  return join(directory, 'fleet')
}

const read = (fleet: string) => createFleetReader(fleet, join(fleet, '../bundled/roles')).read()

async function problemsOf(run: () => unknown): Promise<readonly Problem[]> {
  try {
    await run()
  } catch (error) {
    if (error instanceof AppError) return error.problems
    throw error
  }
  return []
}

it.each([
  'fleet.yml',
  'inventory.yml',
  'schedule.yml',
  'roles/app/role.yml',
  'roles/app/states.yml',
  'roles/app/templates/x.hbs',
  'pillar/top.yml',
  'pillar/common.yml',
  'runbooks/r.yml',
])('an invalid UTF-8 byte in %s is reported with line and column', async path => {
  const { broken, files } = await read(await fleetWith({ [path]: '# h\xc3\xa9\nkey: caf\xe9\n' }))

  expect(broken.get(path)).toMatchObject({
    code: path.includes('templates') ? 'TEMPLATE_INVALID' : 'YAML_INVALID',
    message: `\`${path}\` is not UTF-8: the byte 0xE9 does not begin a character`,
    hint: `Convert it: \`iconv -f latin1 -t utf-8 ${path} > new && mv new ${path}\`.`,
    source: { file: path, line: 2, column: 9 },
    excerpt: 'key: caf\ufffd',
  })
  expect(files.has(path)).toBe(false)
})

it('a UTF-16 file in the fleet is reported as UTF-16', async () => {
  const { broken } = await read(await fleetWith({ 'inventory.yml': '\xff\xfea\0' }))

  expect(broken.get('inventory.yml')).toMatchObject({
    hint: expect.stringContaining('iconv -f utf-16 -t utf-8'),
    source: { line: 1, column: 1 },
  })
})

it('a file that is not UTF-8 blocks fleet, operators and schedule, each with its position', async () => {
  const latin = '# caf\xe9\n'
  const fleet = await fleetWith({ 'fleet.yml': latin, 'inventory.yml': latin, 'schedule.yml': latin })
  const source = (file: string) => ({ code: 'YAML_INVALID', source: { file, line: 1, column: 6 } })

  expect(await problemsOf(() => loadFleet(fleet, join(fleet, '../bundled/roles'), grantableOf(RIGHTS)))).toMatchObject([
    source('fleet.yml'),
    source('inventory.yml'),
  ])
  expect(await problemsOf(() => openOperators(fleet, RIGHTS).list())).toMatchObject([source('fleet.yml')])
  expect(await problemsOf(() => readSchedule(fleet))).toMatchObject([source('schedule.yml')])
})

it('a pillar file that is not UTF-8 is the only problem of the pillar that names it, and not reported as missing', async () => {
  const fleet = await fleetWith({
    'pillar/top.yml': '- {match: "*", files: [common]}\n',
    'pillar/common.yml': '\xe9',
  })
  const { files, broken } = await read(fleet)

  const pillar = loadPillar(
    path => (files.has(path) ? new TextDecoder().decode(files.get(path)) : undefined),
    { fleet: 'f', keys: [] },
    broken,
  )

  expect(pillar.problems).toMatchObject([{ code: 'YAML_INVALID', source: { file: 'pillar/common.yml' } }])
})

it('setting a value in a pillar file that is not UTF-8 does not overwrite the file', async () => {
  const fleet = await read(await fleetWith({ 'pillar/common.yml': 'a: \xe9\n', 'pillar/other.yml': 'a: 1\n' }))

  expect(await problemsOf(() => editableText(fleet, 'pillar/common.yml'))).toMatchObject([{ code: 'YAML_INVALID' }])
  expect(editableText(fleet, 'pillar/other.yml')).toBe('a: 1\n')
  expect(editableText(fleet, 'pillar/new.yml')).toBe('')
})

it('a runbook file that is not UTF-8 is a problem of its runbook, which is still listed by name', async () => {
  const fleet = await read(await fleetWith({ 'runbooks/r.yml': '\xe9' }))

  expect(runbooksOf({ fleet } as unknown as FleetSnapshot)).toMatchObject([
    { name: 'r', problems: [{ code: 'YAML_INVALID', source: { file: 'runbooks/r.yml', line: 1, column: 1 } }] },
  ])
})

it('a template that is not UTF-8 blocks its state and is reported with its location in template and state', async () => {
  const fleet = await read(await fleetWith({ 'roles/app/templates/x.hbs': 'a\nb\xe9' }))
  const states = 'a: {file.managed: {name: /tmp/a, source: templates/x.hbs}}\n'

  const result = compileScene({ roles: { 'app/states.yml': states }, others: fleet })

  expect(result.ok ? [] : result.problems).toMatchObject([
    {
      code: 'TEMPLATE_INVALID',
      source: { file: 'roles/app/templates/x.hbs', line: 2, column: 2 },
      related: [{ file: 'roles/app/states.yml', line: 1 }],
    },
  ])
})

it('a byte order mark at the start of a YAML file is ignored', async () => {
  const bom = '\xef\xbb\xbf'
  const fleet = await fleetWith({ 'fleet.yml': bom + FLEET, 'schedule.yml': `${bom}{}\n` })

  expect((await loadFleet(fleet, join(fleet, '../bundled/roles'), grantableOf(RIGHTS))).id).toBe('0123456789abcdef')
  expect(openOperators(fleet, RIGHTS).list()).toEqual([])
  await expect(readSchedule(fleet)).resolves.toBeDefined()
  expect(parseSettings('\ufefflisten: 1.2.3.4:5\n', 'master.yml')).toEqual({ listen: '1.2.3.4:5' })
})

it.each(['files/bom.csv', 'templates/bom.csv'])('a byte order mark in %s is kept on the host', source => {
  const states = `a: {file.managed: {name: /tmp/a, source: ${source}}}\n`
  const result = compileScene({ roles: { 'app/states.yml': states, [`app/${source}`]: '\ufeffa;b\r\n' } })

  expect(result.ok && result.catalog.states[0]?.params).toMatchObject({ contents: '\ufeffa;b\r\n' })
})
