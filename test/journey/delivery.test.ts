import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest'
import { signatureOf } from '../../master/delivery/webhook.ts'
import { type MimePart, parseMime } from '../master/delivery/mime.ts'
import { openSmtpSink } from '../master/delivery/smtp-sink.ts'
import { until } from './scene.ts'
import { ScheduleJourney } from './schedule-scene.ts'
import { openWebhookSink } from './webhook-sink.ts'

let scene: ScheduleJourney
const PASSWORD = 'swordfish-swordfish'

beforeEach(async () => {
  scene = new ScheduleJourney('2027-05-05T05:50:00Z')
  await scene.makeFleet({ 'inventory.yml': '"*": {level: staging}\n', 'pillar/base.yml': '{}\n' })
})
afterEach(() => scene.close())

/** Creates a fleet with a reachable mail server, a webhook, a directory, and a schedule that delivers to all three. */
async function fleetWith(smtpPort: number, webhookPort: number): Promise<void> {
  scene.write({
    'schedule.yml': `deliver:
  reports: {file: ${scene.directory}/reports}
  ops:
    mail:
      to: [ops@example.org]
      from: saltern@example.org
      smtp: {host: 127.0.0.1, port: ${smtpPort}, tls: off, user: saltern, password_secret: mail.password}
  hook: {webhook: {url: "http://127.0.0.1:${webhookPort}/T0KEN", secret: hook.secret}}
schedules:
  hourly: {cron: "0 * * * *", verb: test, target: "*", recipients: [reports, ops, hook]}
  judge: {cron: "30 * * * *", verb: compliance, target: "*", recipients: [ops]}
`,
  })
  await scene.startMaster()
  await scene.must(['pillar', 'set', 'mail.password'], PASSWORD)
  await scene.must(['pillar', 'set', 'hook.secret'], 'between-us')
  await scene.join('m1')
}

it('a schedule delivers its result as a file, by mail and to a webhook', async () => {
  const sink = await openSmtpSink({ auth: true })
  const hook = await openWebhookSink()
  onTestFinished(async () => {
    await sink.close()
    await hook.close()
  })
  await fleetWith(sink.port, hook.port)
  expect((await scene.run(['lint'])).out).toContain('no problems')

  scene.setClock('2027-05-05T05:59:59Z')
  await scene.fired('hourly', '2027-05-05T06:00:00Z')
  await until('all have it', async () => (await scene.list()).deliveries.length === 0)

  const [name = ''] = readdirSync(join(scene.directory, 'reports'))
  expect(name).toMatch(/^2027-05-05T0600\d\dZ-saltern-hourly-test-1-done-.{4}\.txt$/)
  expect(readFileSync(join(scene.directory, 'reports', name), 'utf8')).toContain('m1  done')
  expect(sink.mails).toMatchObject([{ to: ['ops@example.org'], login: { user: 'saltern', password: PASSWORD } }])
  const mail = parseMime(sink.mails[0]?.raw ?? '')
  expect(mail.headers.get('subject')).toBe('[saltern] hourly: test *: 1 done')
  const [post] = hook.posts
  expect(post?.headers['x-saltern-signature']).toBe(
    signatureOf('between-us', String(post?.headers['x-saltern-timestamp']), post?.body ?? Buffer.alloc(0)),
  )
  expect(JSON.parse(post?.body.toString() ?? '')).toMatchObject({ subject: '[saltern] hourly: test *: 1 done' })

  // A compliance report is a complete page.
  scene.setClock('2027-05-05T06:29:59Z')
  await scene.fired('judge', '2027-05-05T06:30:00Z')
  await until('the report is there', () => sink.mails.length === 2)
  const report = sink.mails[1]?.raw ?? ''
  expect(parseMime(report).headers.get('content-type')).toContain('multipart')
  expect(report).toContain('text/html')

  // The second report has a trend, which the mail brings along as a picture.
  await scene.must(['compliance', '--cached', '--send', 'ops', 'reports'])
  await until('the second report is there', () => sink.mails.length === 3)
  const parts = leavesOf(parseMime(sink.mails[2]?.raw ?? ''))
  expect(parts.map(({ type }) => type)).toEqual([
    'text/plain',
    'text/html',
    'image/png',
    'text/html',
    'application/json',
    'text/csv',
    'application/xml',
  ])
  const [, body, picture] = parts.map(({ bytes }) => Buffer.from(bytes).toString('latin1'))
  expect(body).toContain('src="cid:trend.png"')
  expect(parts[2]?.headers.get('content-id')).toBe('<trend.png>')
  expect(picture?.slice(1, 4)).toBe('PNG')
})

function leavesOf(part: MimePart): readonly MimePart[] {
  return part.parts.length === 0 ? [part] : part.parts.flatMap(leavesOf)
}

it('a failed delivery is retried across a restart, its reason is shown to the operator, and no secret is shown', async () => {
  const sink = await openSmtpSink({ auth: true, authAnswer: '535 you said % and that is wrong' })
  const hook = await openWebhookSink(503)
  onTestFinished(() => hook.close())
  await fleetWith(sink.port, hook.port)
  scene.setClock('2027-05-05T05:59:59Z')
  await scene.fired('hourly', '2027-05-05T06:00:00Z')
  await until('both were tried', async () => {
    const { deliveries } = await scene.list()
    return deliveries.length === 2 && deliveries.every(({ attempts }) => attempts > 0)
  })

  const shown = await scene.must(['schedule', 'list'])
  expect(shown).toMatch(/TO DELIVER +SUBJECT +TRIES +NEXT \(UTC\) +REASON/)
  expect(shown).toMatch(/ops .* 1 +2027-05-05 06:00:\d\d .*the mail server 127.0.0.1:\d+ did not accept it: .*535/)
  expect(shown).toMatch(/hook .* the webhook at http:\/\/127.0.0.1:\d+ did not accept it: it answered 503/)
  const events = await scene.must(['--json', 'events'])
  for (const text of [shown, events, scene.log('master')]) {
    expect(text).toContain('did not accept it')
    expect(text).not.toContain(PASSWORD)
    expect(text).not.toContain('T0KEN')
  }

  // Repairing the servers is enough; nothing needs to be done on the master.
  await sink.close()
  const mended = await openSmtpSink({ auth: true, port: sink.port })
  onTestFinished(() => mended.close())
  hook.answer(200)
  await scene.restartMasterAt('2027-05-05T06:01:10Z')
  await until('all have it', async () => (await scene.list()).deliveries.length === 0)
  expect(mended.mails).toHaveLength(1)
  expect(hook.posts).toHaveLength(1)
  expect((await scene.row('hourly')).last).toMatchObject({ outcome: 'done' })
})
