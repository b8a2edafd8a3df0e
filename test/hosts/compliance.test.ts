import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAuthority, issueCertificate } from '../../master/certificates/authority.ts'
import type { ComplianceReport, Finding } from '../../master/compliance/report.ts'
import { signatureOf } from '../../master/delivery/webhook.ts'
import type { ComplianceHistory } from '../../master/verbs/compliance.ts'
import { decodedWords, type MimePart, parseMime } from '../master/delivery/mime.ts'
import { openSmtpSink, type SmtpSink } from '../master/delivery/smtp-sink.ts'
import { type HookSink, openHookSink } from './hook-sink.ts'
import { until } from './lab/until.ts'
import { type LabFleet, openLabFleet } from './lab-fleet.ts'
import { expectedOf, subjectsInCsv, subjectsInJunit, titlesInHtml, titlesInText } from './report-readers.ts'
import { inventory, pillarOfDb2, SHOP_FILES, SHOP_LEVEL, SHOP_MEMBERS, SHOP_PACKAGES, schedule } from './shop-fleet.ts'

const SECRET = 'hook-secret-1b7d40'
/** Sorted lines of the form `status who subject`. */
const TEN = [
  'contract-broken production masterdb/count',
  'drifted web1 base/group.members/members of ops',
  'drifted web1 web/file.managed//etc/shop.conf',
  'drifted web1 web/file.managed//etc/shop.key',
  'drifted web1 web/pkg.installed/web packages',
  'drifted web1 web/service.running/nginx',
  'failed db1 db/tls.certificate/mariadb certificate',
  'failed db1 masterdb/writes',
  'outdated db2 catalog',
  'unreachable web2 link',
]

let fleet: LabFleet
let smtp: SmtpSink
let hook: HookSink
/** The report of the ten troubles. */
let ten: ComplianceReport

beforeAll(async () => {
  fleet = await openLabFleet({
    members: SHOP_MEMBERS,
    level: SHOP_LEVEL,
    files: SHOP_FILES,
    secrets: { common: { 'hooks.secret': SECRET } },
    packages: SHOP_PACKAGES,
    log: line => console.log(`compliance: ${line}`),
  })
  const { gateway } = fleet.lab.network
  smtp = await openSmtpSink({ host: gateway })
  hook = await openHookSink(gateway)
})

afterAll(async () => {
  await smtp?.close()
  await hook?.close()
  await fleet?.close()
})

const edit = (path: string, text: string): Promise<void> => fleet.master.writeFile(`/srv/fleet/${path}`, text)

function named({ findings }: ComplianceReport): readonly string[] {
  return findings.map(({ status, minion, level, subject }) => `${status} ${minion ?? level} ${subject}`).sort()
}

function found(subject: string): Finding {
  const finding = ten.findings.find(one => one.subject.includes(subject))
  if (finding === undefined) throw new Error(`nothing about ${subject}`)
  return finding
}

async function judged(): Promise<{ readonly exitCode: number; readonly report: ComplianceReport }> {
  const { exitCode, stdout, stderr } = await fleet.run(['compliance', '--format', 'json', '--fail-under', '100'])
  if (stdout === '') throw new Error(stderr)
  return { exitCode, report: JSON.parse(stdout) as ComplianceReport }
}

test('compliance of a fleet is 100 % after an apply', async () => {
  const applied = await fleet.run(['apply', '*'], { timeoutMs: 500_000 })
  expect(applied.exitCode, applied.stdout + applied.stderr).toBe(0)

  const { exitCode, report } = await judged()

  expect(named(report)).toEqual([])
  expect(report).toMatchObject({ score: 100, right: 8, judged: 8, minions: { compliant: 4 } })
  expect(exitCode).toBe(0)
})

test('the compliance report names ten planted faults and nothing else', async () => {
  await plantTen()

  const { exitCode, report } = await judged()
  ten = report

  expect(named(report)).toEqual(TEN)
  expect(report).toMatchObject({ score: 37.5, right: 3, judged: 8, contracts: { kept: 3, broken: 1 } })
  expect(exitCode).toBe(1)
})

test('the compliance report says for each finding what is wrong, since when, and whether a manual or a fleet change caused it', () => {
  const conf = found('shop.conf')
  expect(conf).toMatchObject({ cause: 'by-hand', role: 'web', source: { file: 'roles/web/states.yml' } })
  expect(conf.diff).toContain('-colour = red\n+colour = blue\n language = en')
  expect(conf.why).toMatch(/^it was compliant after the apply of \d{4}-\d\d-\d\d \d\d:\d\d, and the catalog is still/)
  expect(found('shop.key').actions.join()).toMatch(/mode .*0600/)
  expect(found('nginx')).toMatchObject({ cause: 'by-hand', actions: expect.arrayContaining(['start nginx']) })
  expect(found('web packages').actions.join()).toContain('less')
  expect(found('members of ops').actions.join()).toMatch(/mallory/)
  expect(found('masterdb/writes')).toMatchObject({ kind: 'check', detail: expect.stringContaining('`1`') })
  expect(found('certificate').detail).toMatch(/found expired at \d{4}-/)
  expect(found('masterdb/count')).toMatchObject({ expected: 'exactly 1', found: '2: db1, db2' })
  expect(found('link')).toMatchObject({ title: 'offline', since: expect.stringMatching(/^\d{4}-/) })
  const pending = found('catalog')
  expect(pending).toMatchObject({ minion: 'db2', cause: 'fleet-changed', states: [{ change: 'changed' }] })
  expect(pending.states[0]?.diff).toContain('-max_connections = 100\n+max_connections = 400')
  expect(ten.findings.filter(({ since }) => since === undefined)).toEqual([])
  const web1 = ten.judgements.find(({ minion }) => minion === 'web1')
  expect(web1?.follows.map(({ key }) => key)).toEqual(['web/ports: 80/tcp answers'])
})

test('the compliance report names the same ten findings in all five formats', async () => {
  const { titles, subjects } = expectedOf(ten)
  const show = async (format: string): Promise<string> => {
    return (await fleet.run(['compliance', 'show', ten.id, '--format', format])).stdout
  }

  expect(titles).toHaveLength(10)
  expect(titlesInText(await show('text'))).toEqual(titles)
  expect(titlesInHtml(await show('html'))).toEqual(titles)
  expect(named(JSON.parse(await show('json')) as ComplianceReport)).toEqual(TEN)
  expect(subjectsInCsv(await show('csv'))).toEqual(subjects)
  expect(subjectsInJunit(await show('junit'))).toEqual(subjects)
})

test('compliance exits with 1 below the --fail-under score, and otherwise with the code of its findings', async () => {
  const exits = ['38', '37.5'].map(async wanted => {
    return (await fleet.run(['compliance', 'show', ten.id, '--fail-under', wanted])).exitCode
  })

  expect(await Promise.all(exits)).toEqual([1, 1])
  expect((await fleet.run(['compliance', '--fail-under', '100', 'web2'])).exitCode).toBe(1)
  expect((await fleet.run(['compliance', 'web2'])).exitCode).toBe(4)
})

test('a scheduled compliance report is delivered by mail, to a webhook and as files', async () => {
  const { gateway: host } = fleet.lab.network
  await edit('schedule.yml', schedule({ host, smtp: smtp.port, web: hook.port }))

  const mail = await until(() => smtp.mails[0], { what: 'the scheduled mail', timeoutMs: 120_000, everyMs: 250 })
  const post = await until(() => hook.posted[0], { what: 'the scheduled post', timeoutMs: 30_000 })
  await fleet.must(['schedule', 'pause', 'minutely'])

  expect(mail).toMatchObject({ from: 'saltern@shop.example', to: ['ops@shop.example'] })
  const parts = partsOf(parseMime(mail.raw))
  const [text = '', body = ''] = ['text/plain', 'text/html'].map(type => textOf(parts, type))
  const page = textOf(
    parts.filter(({ headers }) => headers.get('content-disposition')?.startsWith('attachment')),
    'text/html',
  )
  const attached = JSON.parse(textOf(parts, 'application/json')) as ComplianceReport
  expect(decodedWords(parseMime(mail.raw).headers.get('subject') ?? '')).toMatch(
    /^\[saltern\] compliance of fleet: 37\.5 %, 10 findings on 4 minions and 1 level, \w+ new$/,
  )
  expect(named(attached)).toEqual(TEN)
  expect(attached.operator).not.toBe('root')
  const { titles, subjects } = expectedOf(attached)
  expect(body).toContain('cid:trend.png')
  expect(parts.find(({ type }) => type === 'image/png')?.headers.get('content-id')).toBe('<trend.png>')
  expect(titlesInText(text.replaceAll('\r\n', '\n'))).toEqual(titles)
  expect(titlesInHtml(page)).toEqual(titles)
  expect(subjectsInCsv(textOf(parts, 'text/csv'))).toEqual(subjects)
  expect(subjectsInJunit(textOf(parts, 'application/xml'))).toEqual(subjects)

  const time = String(post.headers['x-saltern-timestamp'])
  expect(post).toMatchObject({ path: '/compliance', headers: { 'content-type': 'application/json' } })
  expect(post.headers['x-saltern-signature']).toBe(signatureOf(SECRET, time, post.body))
  expect(titlesInText((JSON.parse(post.body.toString()) as { readonly text: string }).text)).toEqual(titles)
  const files = await fleet.master.must(['ls', '/var/lib/saltern/reports'])
  expect(files.split('\n').map(name => name.replace(/^.*\./, ''))).toEqual(
    expect.arrayContaining(['html', 'json', 'csv', 'xml', 'txt']),
  )
})

test('compliance is 100 % again after the repair, and the trend shows both scores', async () => {
  await edit('inventory.yml', inventory('db'))
  await fleet.host('web2').must(['systemctl', 'start', 'saltern-minion'])
  await fleet.allHere()
  await fleet.host('db1').must(['mariadb', '-e', 'set global read_only = 0'])
  const applied = await fleet.run(['apply', '*'], { timeoutMs: 500_000 })
  expect(applied.exitCode, applied.stdout + applied.stderr).toBe(0)

  const { exitCode, report } = await judged()

  expect(named(report)).toEqual([])
  expect(report.score).toBe(100)
  expect(exitCode).toBe(0)
  const scores = report.trend.map(({ score }) => score)
  expect([scores[0], scores[1], scores.at(-1)]).toEqual([100, 37.5, 100])
  const { answer } = await fleet.ask<ComplianceHistory>(['compliance', 'history', '*'])
  expect(answer.reports.map(({ score }) => score)).toEqual(scores.toReversed())
  expect(await fleet.must(['compliance', 'history', '*'])).toMatch(/\* {2}█▃+█ {2}100 % to 100 %/)
  const page = await fleet.must(['compliance', 'show', '--format', 'html'])
  expect(page).toMatch(new RegExp(`Score of ${scores.length} reports, from 100 % on .* to 100 % on `))
  expect(await fleet.must(['compliance', 'show'])).toContain('was 37.5 % on')
})

async function plantTen(): Promise<void> {
  const [db1, web1, web2] = [fleet.host('db1'), fleet.host('web1'), fleet.host('web2')]
  // Two masterdb: db2 got the role too, and was applied.
  await edit('inventory.yml', inventory('masterdb'))
  await fleet.must(['apply', 'db2'])
  // A pillar that was edited but not applied.
  await edit('pillar/db2.yml', pillarOfDb2(400))
  // A stopped service, an edited file, a changed mode, a removed package, an extra user in a managed group.
  await web1.must(['systemctl', 'stop', 'nginx'])
  await web1.must(['sed', '-i', 's/blue/red/', '/etc/shop.conf'])
  await web1.must(['chmod', '0644', '/etc/shop.key'])
  await web1.must(['dpkg', '--purge', 'less'])
  await web1.must(['useradd', '--groups', 'ops', 'mallory'])
  // A failing check, an expired certificate.
  await db1.must(['mariadb', '-e', 'set global read_only = 1'])
  const old = Date.now() - 10 * 86_400_000
  const names = { commonName: 'db1', altNames: [], days: 1 }
  const expired = await issueCertificate(await createAuthority('another', old), names, old)
  await writeFile(join(db1.root, 'etc/mysql/tls/server.crt'), expired.certificate)
  // A minion that is offline.
  await web2.must(['systemctl', 'stop', 'saltern-minion'])
  await until(async () => ((await fleet.run(['ping', 'web2'])).exitCode === 4 ? true : undefined), {
    what: 'web2 to be away',
    timeoutMs: 30_000,
  })
}

function partsOf(part: MimePart): readonly MimePart[] {
  return part.parts.length === 0 ? [part] : part.parts.flatMap(partsOf)
}

/** Finds the first part with this type: the body precedes the attachments. */
function textOf(parts: readonly MimePart[], type: string): string {
  const part = parts.find(one => one.type === type)
  if (part === undefined) throw new Error(`the mail has no ${type}`)
  return Buffer.from(part.bytes).toString()
}
