import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ComplianceReport } from '../../master/compliance/report.ts'
import { Scene } from './scene.ts'

const scene = new Scene()

function states(id: string, contents: string): string {
  return `${scene.out}/{{minion.id}}-${id}.conf:
  file.managed: {contents: "${contents}\\n", ${scene.owner}}
`
}

beforeAll(async () => {
  await scene.makeFleet({
    'roles/demo/role.yml': `summary: writes two files
pillar:
  greeting: {type: text, default: hello}
checks:
  greets: {run: [grep, -q, hello, "${scene.out}/{{minion.id}}-first.conf"], expect: {exit: 0}}
contract:
  count: {max: 2}
`,
    'roles/demo/states.yml': states('first', '{{pillar.greeting}}') + states('second', 'fixed'),
    'inventory.yml': '"m*": {roles: [demo], level: staging}\n',
  })
  await scene.startMaster()
  await scene.join('m1')
  await scene.join('m2')
  await scene.must(['apply', '*'])
})
afterAll(() => scene.close())

async function judged(words: readonly string[] = []): Promise<{ code: number | null; report: ComplianceReport }> {
  const { code, out, err } = await scene.run(['compliance', ...words, '--format', 'json'])
  if (out === '') throw new Error(err)
  return { code, report: JSON.parse(out) as ComplianceReport }
}

function named({ findings }: ComplianceReport): readonly string[] {
  return findings.map(({ status, minion, level, kind }) => `${status} ${minion ?? level} ${kind}`)
}

it('compliance is 100 % right after an apply', async () => {
  const { code, out } = await scene.run(['compliance', '--fail-under', '100'])

  expect(out).toContain('100 %  2 of 2 minions compliant, 1 of 1 contract met')
  expect(out).toContain('Everything is compliant.')
  expect(code).toBe(0)
})

it('compliance shows a manual change with diff and time, and exits with an error below the --fail-under score', async () => {
  writeFileSync(join(scene.out, 'm1-second.conf'), 'by hand\n')

  const first = await judged()
  const again = await scene.run(['compliance', '--fail-under', '90'])

  expect(first.code).toBe(0)
  expect(named(first.report)).toEqual(['drifted m1 state'])
  expect(first.report.findings[0]).toMatchObject({ cause: 'by-hand', role: 'demo', next: 'master apply m1' })
  expect(first.report.findings[0]?.diff).toContain('-by hand\n+fixed')
  expect(first.report).toMatchObject({ score: 66.6, right: 2, judged: 3 })
  const since = first.report.findings[0]?.since ?? ''
  expect(again.out).toContain(`since ${since.slice(0, 10)} ${since.slice(11, 16)}`)
  expect(again.code).toBe(1)
})

it('compliance shows what is new since the last report first, and an equal finding of two minions once', async () => {
  const before = await judged()
  for (const minion of ['m1', 'm2']) writeFileSync(join(scene.out, `${minion}-first.conf`), 'hello by hand\n')

  const { out } = await scene.run(['compliance'])
  const shown = await scene.run(['compliance', 'show', '--output', 'json'])
  const { groups, previous } = JSON.parse(shown.out) as ComplianceReport

  expect(out).toMatch(/^ {2}2 findings on 2 minions, 1 new$/m)
  expect(out).toMatch(
    /New since .*: 1 finding\n\nDRIFTED +m1 and m2 {2}file.managed .*\n(?:.*\n)*?Still open: 1 finding\n\nDRIFTED +m1 /,
  )
  expect(previous).toMatchObject({ id: before.report.id })
  expect(groups.map(({ minions }) => minions.map(({ minion }) => minion))).toEqual([['m1', 'm2'], ['m1']])
  expect(groups[0]?.subject).toContain('/{{minion.id}}-first.conf')
  for (const minion of ['m1', 'm2']) writeFileSync(join(scene.out, `${minion}-first.conf`), 'hello\n')
  expect((await scene.run(['compliance'])).out).toMatch(
    /Resolved since .*\n {2}m1 and m2: file.managed .* \(was drifted since /,
  )
})

it('compliance distinguishes a fleet change that is not applied yet from drift, and names what fails', async () => {
  scene.write({ 'pillar/common.yml': 'greeting: hi\n' })
  writeFileSync(join(scene.out, 'm2-first.conf'), 'nothing\n')

  const { code, report } = await judged()

  expect(named(report)).toEqual(['drifted m1 state', 'outdated m1 catalog', 'outdated m2 catalog'])
  expect(report.findings.find(({ minion, kind }) => minion === 'm1' && kind === 'catalog')?.states).toMatchObject([
    { key: `demo/file.managed/${scene.out}/m1-first.conf`, change: 'changed' },
  ])
  expect(code).toBe(0)
  scene.write({ 'pillar/common.yml': 'greeting: hello\n' })
})

it('compliance reports at once since when a minion is offline, and exits with 4', async () => {
  await scene.must(['apply', '*'])
  await scene.kill('minion-m2')
  await scene.away('m2')

  const { code, report } = await judged()

  expect(named(report)).toEqual(['unreachable m2 link'])
  expect(report.findings[0]?.since).toMatch(/^\d{4}-/)
  expect(code).toBe(4)
  scene.startMinion('m2')
  await scene.here('m2')
})

it('compliance names a catalog that does not compile and evaluates the other minions', async () => {
  const inventory = 'm1: {roles: [demo], level: staging}\nm2: {roles: [broken], level: staging}\n'
  const broken = {
    'roles/broken/role.yml': 'summary: broken\n',
    'roles/broken/states.yml': 'x:\n  file.managd: {}\n',
  }
  scene.write({ ...broken, 'inventory.yml': inventory })

  const { code, report } = await judged()

  expect(named(report)).toEqual(['failed m2 fleet'])
  expect(report.findings[0]?.detail).toContain('file.managd')
  expect(code).toBe(1)
  scene.write({ 'inventory.yml': '"m*": {roles: [demo], level: staging}\n' })
})

it('compliance --cached evaluates the last dry runs without starting new ones', async () => {
  await scene.must(['test', '*'])
  const jobs = async (): Promise<number> => {
    return (JSON.parse(await scene.must(['--json', 'jobs'])) as { jobs: unknown[] }).jobs.length
  }
  const before = await jobs()

  const { report } = await judged(['--cached'])

  expect(await jobs()).toBe(before)
  expect(report).toMatchObject({ cached: true, score: 100 })
})

it('compliance reports a broken contract for the whole level', async () => {
  const role = readFileSync(join(scene.fleet, 'roles/demo/role.yml'), 'utf8')
  scene.write({ 'roles/demo/role.yml': role.replace('max: 2', 'max: 1') })

  const { report } = await judged()

  expect(named(report)).toEqual(['contract-broken staging contract'])
  expect(report.contracts).toEqual({ kept: 0, broken: 1 })
  scene.write({ 'roles/demo/role.yml': role })
})

it('compliance writes each format to a file and shows old reports and the history with its trend', async () => {
  await judged()
  await judged(['--cached'])
  const { score } = (await judged()).report
  const begins = { text: 'Compliance of', html: '<!doctype html>', json: '{', csv: '"report"', junit: '<?xml' }
  for (const [format, begin] of Object.entries(begins)) {
    const path = join(scene.directory, `report.${format}`)
    const said = await scene.run(['compliance', 'show', '--output', format, '--file', path])
    expect(said).toMatchObject({ code: 0, out: '' })
    expect(readFileSync(path, 'utf8').startsWith(begin)).toBe(true)
  }

  const { out } = await scene.run(['compliance', 'history', '--limit', '3'])
  const lines = out.split('\n')
  expect(lines[0]).toMatch(/^AT \(UTC\) +TARGET +SCORE/)
  expect(lines[1]).toContain(`${score} %`)
  expect(lines[2]).toContain('cached')
  expect(out).toMatch(/\n\* {2}[▁▂▃▄▅▆▇█]{3} {2}[\d.]+ % to [\d.]+ %/)
  expect(out).toContain(` to ${score} %`)
})

it('compliance rejects an invalid format, score, id, target or output path with a specific error', async () => {
  const wrong = [
    [['compliance', '--output', 'pdf'], 2, 'expected text, json, ndjson, html, csv, junit'],
    [['compliance', '--output', 'report.html'], 2, 'type `--file report.html`'],
    [['compliance', '--format', 'csv', '--output', 'html'], 2, 'two output formats'],
    [['compliance', '--fail-under', '101'], 2, 'from 0 to 100'],
    [['compliance', 'show', 'nothing'], 2, 'COMPLIANCE_UNKNOWN'],
    [['compliance', 'nobody-at-all'], 3, 'TARGET_MATCHES_NOBODY'],
    [['compliance', 'show', '--file', '/nowhere/at/all'], 2, 'FILE_UNWRITABLE'],
  ] as const
  for (const [words, code, text] of wrong) {
    const said = await scene.run(words)
    expect([said.code, said.err]).toEqual([code, expect.stringContaining(text)])
  }
})
