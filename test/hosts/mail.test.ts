import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApplyResult } from '../../master/jobs/results.ts'
import { openSmtpSink, type SmtpSink, type TakenMail } from '../master/delivery/smtp-sink.ts'
import { BASE_PACKAGES } from './base-packages.ts'
import { publishedKeys, verifyDkim } from './dkim.ts'
import type { LabHost } from './lab/host.ts'
import { until } from './lab/until.ts'
import { type LabFleet, MASTER, openLabFleet } from './lab-fleet.ts'
import { changed } from './run-words.ts'

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
/** A role that shows the exports of the relay, as a DNS role would. */
const ZONE = {
  'roles/zone/role.yml': 'summary: a zone\ninclude: [base]\n',
  'roles/zone/states.yml': "/etc/zone:\n  file.managed: {contents: \"{{export 'mail' 'records'}}\"}\n",
}

let fleet: LabFleet
let mail1: LabHost
let app1: LabHost
/** A host of the same network that is not in the fleet. */
let outsider: LabHost
/** Receives everything that leaves the relay. */
let world: SmtpSink

beforeAll(async () => {
  fleet = await openLabFleet({
    members: ['mail1', 'app1'],
    level: 'staging',
    files: {
      ...ZONE,
      'inventory.yml': 'mail1: {roles: [mail], level: staging}\napp1: {roles: [zone], level: staging}\n',
      'pillar/top.yml': '- {match: "*", files: [common]}\n- {match: role=mail, files: [mail]}\n',
      'pillar/common.yml': 'base: {parts: [hosts], domain: staging.example}\n',
      'pillar/mail.yml': '',
    },
    secrets: {},
    // Exim comes from the mirror: apt does not fetch two conflicting mail servers together.
    packages: [
      ...BASE_PACKAGES,
      'postfix',
      'opendkim',
      'opendkim-tools',
      'mailgraph',
      'rsyslog',
      'nginx-light',
      'fcgiwrap',
      'swaks',
    ],
    log: line => console.log(`mail: ${line}`),
  })
  mail1 = fleet.host('mail1')
  app1 = fleet.host('app1')
  world = await openSmtpSink({ host: fleet.lab.network.gateway })
  await fleet.master.writeFile(
    `${MASTER.fleet}/pillar/mail.yml`,
    `mail:
  domain: example.org
  relayhost: "[${fleet.lab.network.gateway}]:${world.port}"
  dkim: {main: {domain: example.org, selector: s2026}}
`,
  )
  await fleet.must(['pillar', 'set', 'mail.dkim.main.key', '--file', 'mail'], { stdin: privateKey })
  outsider = await fleet.lab.host({ name: 'outsider' })
  await Promise.all(
    [mail1, outsider].map(async host => {
      await host.must(['apt-get', 'update'])
      await host.must(['apt-get', 'install', '-y', '--no-install-recommends', 'swaks'], { timeoutMs: 120_000 })
    }),
  )
})

afterAll(async () => {
  await world?.close()
  await fleet?.close()
})

/** Sends mail like a program on app1, and returns it as received outside. */
async function sent(subject: string): Promise<TakenMail> {
  await submit(subject)
  return arrived(subject)
}

async function submit(subject: string): Promise<void> {
  const text = `From: root\nTo: bob@gmail.com\nSubject: ${subject}\n\nHello, world.\n.dotted\n\n`
  await app1.must(['/usr/sbin/sendmail', '-t', '-i'], { stdin: text })
}

const found = (subject: string): TakenMail | undefined => world.mails.find(({ raw }) => raw.includes(subject))

async function arrived(subject: string): Promise<TakenMail> {
  return until(async () => found(subject), {
    what: `the mail ${subject}`,
    timeoutMs: 30_000,
    evidence: async () =>
      (await app1.exec(['tail', '-20', '/var/log/exim4/mainlog'])).stdout +
      (await mail1.exec(['tail', '-30', '/var/log/mail.log'])).stdout,
  })
}

async function zone(): Promise<ReadonlyMap<string, string>> {
  return publishedKeys(await app1.readFile('/etc/zone'))
}

test('two applies of the role mail bring relay and clients to the declared state, and a third changes nothing', async () => {
  const tested = await fleet.ask<ApplyResult>(['test', '*'])
  expect(tested.answer.runs.flatMap(run => run.results.filter(({ outcome }) => outcome === 'failed'))).toEqual([])

  await fleet.ask<ApplyResult>(['apply', '*'])
  const second = await fleet.ask<ApplyResult>(['apply', '*'])
  const third = await fleet.ask<ApplyResult>(['apply', '*'])

  const { runs } = second.answer
  expect(runs.flatMap(run => run.results.filter(({ problem }) => problem !== undefined))).toEqual([])
  expect(runs.flatMap(run => run.checks.filter(({ outcome }) => outcome !== 'passed'))).toEqual([])
  expect(third.answer.runs.map(run => `${run.minion} ${changed(run)}`)).toEqual(['app1 0', 'mail1 0'])
})

test('mail from a minion is delivered over verified TLS with a signature that matches the published key', async () => {
  const mail = await sent('signed one')

  expect(mail.from).toBe('root@example.org')
  expect(mail.raw).toMatch(/^From: .*root@example\.org/m)
  expect(verifyDkim(mail.raw, await zone())).toEqual([{ domain: 'example.org', selector: 's2026', holds: true }])
  expect(verifyDkim(mail.raw.replace('Hello', 'Hallo'), await zone())[0]?.holds).toBe(false)
  expect(await app1.must(['grep', '=> bob@gmail.com', '/var/log/exim4/mainlog'])).toMatch(/X=TLS1\.[23].* CV=yes/)
})

test('the mail relay signs mail from a foreign sender address, and bounces', async () => {
  const text = 'From: eve@elsewhere.example\nTo: bob@gmail.com\nSubject: another sender\n\nHello.\n'
  await app1.must(['/usr/sbin/sendmail', '-t', '-i', '-f', 'eve@elsewhere.example'], { stdin: text })
  const other = await arrived('another sender')
  await mail1.must(['/usr/sbin/sendmail', '-i', '-f', 'carol@elsewhere.example', 'nobody-here@mail1.example.org'], {
    stdin: 'Subject: to nobody\n\nHello.\n',
  })
  const bounce = await until(async () => world.mails.find(({ to }) => to.includes('carol@elsewhere.example')), {
    what: 'the bounce',
    timeoutMs: 30_000,
    evidence: async () => (await mail1.exec(['tail', '-30', '/var/log/mail.log'])).stdout,
  })

  for (const { raw } of [other, bounce]) {
    expect(verifyDkim(raw, await zone())).toEqual([{ domain: 'example.org', selector: 's2026', holds: true }])
  }
})

test('the mail relay refuses an outsider every form of open relay', async () => {
  const forms: readonly (readonly [from: string, to: string])[] = [
    ['a@evil.example', 'b@gmail.com'],
    ['<>', 'b@gmail.com'],
    ['root@example.org', 'b@gmail.com'],
    ['root@app1', 'b@gmail.com'],
    ['a@evil.example', 'b%gmail.com@mail1.example.org'],
    ['a@evil.example', 'b%gmail.com@[127.0.0.1]'],
    ['a@evil.example', '@mail1.example.org:b@gmail.com'],
    ['a@evil.example', '@gmail.com,@mail1.example.org:b@gmail.com'],
    ['a@evil.example', '"b@gmail.com"@mail1.example.org'],
    ['a@evil.example', '"b@gmail.com"'],
    ['a@evil.example', 'gmail.com!b'],
    ['a@evil.example', 'gmail.com!b@mail1.example.org'],
    ['a@evil.example', `b@gmail.com@[${mail1.address}]`],
  ]
  const answers: string[] = []
  for (const [from, to] of forms) {
    const argv = ['swaks', '--server', mail1.address, '--helo', 'evil.example', '--from', from, '--to', to]
    const { exitCode, stdout } = await outsider.exec(argv)
    const [refusal = 'taken'] = /^<\*\* +5\d\d .*$/m.exec(stdout) ?? []
    answers.push(`${exitCode === 0 ? 'taken' : refusal.slice(4, 7)} ${to}`)
  }

  expect(answers.filter(answer => !answer.startsWith('5'))).toEqual([])
  expect(answers[0]).toBe('554 b@gmail.com')
  expect(world.mails.filter(({ raw }) => raw.includes('evil'))).toEqual([])
})

test('the mail relay sends nothing while OpenDKIM is stopped, and sends everything signed once it is back', async () => {
  await mail1.must(['systemctl', 'stop', 'opendkim'])
  await submit('waits for a signature')
  await until(
    async () => / == bob@gmail\.com .* defer /.exec(await app1.readFile('/var/log/exim4/mainlog')) ?? undefined,
    {
      what: 'the relay to take nothing for now',
      timeoutMs: 30_000,
      evidence: async () => (await app1.exec(['tail', '-20', '/var/log/exim4/mainlog'])).stdout,
    },
  )
  const direct = ['swaks', '--server', mail1.address, '--helo', 'app1', '--from', 'root@app1', '--to', 'bob@gmail.com']
  expect((await mail1.exec([...direct, '--local-interface', mail1.address])).stdout).toMatch(/^<(\*\*|~\*) +451 /m)
  // The relay submits its own mail by another path.
  await mail1.must(['/usr/sbin/sendmail', '-i', 'bob@gmail.com'], {
    stdin: 'Subject: of the relay itself\n\nHello.\n',
  })
  await mail1.must(['postqueue', '-f'])
  expect(found('waits for a signature')).toBeUndefined()
  expect(found('of the relay itself')).toBeUndefined()

  await fleet.must(['apply', 'mail1'])
  await app1.must(['exim4', '-qff'], { timeoutMs: 60_000 })
  await mail1.must(['postqueue', '-f'])

  for (const subject of ['waits for a signature', 'of the relay itself']) {
    expect(verifyDkim((await arrived(subject)).raw, await zone())).toMatchObject([{ holds: true }])
  }
})

test('a minion removed from the fleet can no longer send mail through the relay', async () => {
  await fleet.master.writeFile(`${MASTER.fleet}/inventory.yml`, 'mail1: {roles: [mail], level: staging}\n')
  await fleet.must(['apply', 'mail1'])
  await submit('after leaving')

  expect(await mail1.readFile('/etc/postfix/relay-clients')).not.toContain(app1.address)
  expect(await mail1.readFile('/etc/opendkim/trusted-hosts')).not.toContain(app1.address)
  const line = await until(
    async () =>
      /\*\* bob@gmail\.com .*SMTP error from remote mail server after RCPT TO:.* 5\d\d /.exec(
        await app1.readFile('/var/log/exim4/mainlog'),
      ) ?? undefined,
    {
      what: 'the refusal',
      timeoutMs: 30_000,
      evidence: async () => (await app1.exec(['tail', '-20', '/var/log/exim4/mainlog'])).stdout,
    },
  )
  expect(line[0]).toContain('bob@gmail.com')
  expect(found('after leaving')).toBeUndefined()
})
