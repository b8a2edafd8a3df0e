import type { ComplianceFacts, MinionFacts } from '../../../master/compliance/facts.ts'
import { judge } from '../../../master/compliance/judge.ts'
import type { ContractFinding } from '../../../protocol/contract.ts'
import type { MinionId, StateKey } from '../../../protocol/ids.ts'
import { catalog, facts, minion, NOW, result, state } from './facts.ts'

const DAY_MS = 86_400_000
const YESTERDAY = new Date(Date.parse(NOW) - DAY_MS).toISOString()
const LAST_WEEK = '2026-11-15T02:10:00.000Z'

const MOTD = 'base/file.managed//etc/motd'
const SSHD = 'base/file.managed//etc/ssh/sshd_config.d/10-fleet.conf'
const CHRONY = 'base/service.running/chrony'
const SYSCTL = 'base/file.managed//etc/sysctl.d/60-fleet.conf'
const NGINX = 'web/file.managed//etc/nginx/sites-available/shop.conf'
const NGINX_UP = 'web/service.running/nginx'
const CURL = 'web/pkg.installed/web packages'
const MARIADB = 'db/file.managed//etc/mysql/mariadb.conf.d/60-fleet.cnf'
const CERTIFICATE = 'db/tls.certificate/mariadb'
const SUDO = 'base/group.members/members of sudo'
const OF_ROLE: { readonly [role: string]: readonly string[] } = {
  web: [NGINX, NGINX_UP, CURL],
  db: [MARIADB, CERTIFICATE, 'db/service.running/mariadb'],
  mail: ['mail/pkg.installed/postfix', 'mail/service.running/postfix'],
}

const SSHD_DIFF = `@@ -1,4 +1,4 @@
 PasswordAuthentication no
-PermitRootLogin yes
+PermitRootLogin no
 AllowGroups ops
 MaxAuthTries 3
`
const MARIADB_DIFF = `@@ -1,4 +1,4 @@
 [mysqld]
 innodb_buffer_pool_size = 8G
-max_connections = 7
+max_connections = 200
 ssl_ca = /etc/mysql/tls/ca.pem
`
const NGINX_DIFF = `@@ -12,3 +12,4 @@
   ssl_protocols TLSv1.3;
+  add_header Strict-Transport-Security "max-age=31536000";
   root /srv/shop;
 }
`
const MOTD_DIFF = `@@ -1 +1 @@
-Welcome to shop.
+Welcome to shop. Changes go through git.
`

type Wrong = readonly [key: string, action: string, diff?: string]

/** 40 minions in three levels with twelve kinds of findings, a report of yesterday, and a trend of 30 days. */
export function fortyMinions(): ComplianceFacts {
  const earlier = facts(names().map(yesterday), { contracts: contracts(true), at: YESTERDAY, id: 'compliance-02' })
  const before = judge({ ...earlier, trend: [] })
  return facts(names().map(today), { before, contracts: contracts(false), trend: trend(before.score) })
}

function names(): readonly string[] {
  const some = (prefix: string, first: number, last: number): readonly string[] =>
    Array.from({ length: last - first + 1 }, (_, index) => `${prefix}${first + index}`)
  return [...some('web', 1, 20), ...some('db', 1, 8), ...some('mail', 1, 4), ...some('web', 31, 36), 'db31', 'web41']
}

function levelOf(id: string): string {
  const number = Number(id.replace(/^\D+/, ''))
  return number > 40 ? 'testing' : number > 30 ? 'staging' : 'production'
}

function roleOf(id: string): string {
  return id.replace(/\d+$/, '')
}

function keysOf(id: string): readonly string[] {
  return [MOTD, SSHD, CHRONY, SYSCTL, SUDO, ...(OF_ROLE[roleOf(id)] ?? [])]
}

/** What is wrong since last week, on both days. */
function oldTroubles(id: string): readonly Wrong[] {
  const number = Number(id.replace(/^\D+/, ''))
  return [
    ...(roleOf(id) === 'web' && number >= 3 && number <= 14 ? [[CHRONY, 'start and enable chrony'] as const] : []),
    ...(id === 'db4'
      ? [
          [
            MARIADB,
            'write /etc/mysql/mariadb.conf.d/60-fleet.cnf (412 B, mode 0640, root:mysql)',
            MARIADB_DIFF,
          ] as const,
        ]
      : []),
    ...(id === 'web9' || id === 'web10' ? [[CURL, 'install curl, jq'] as const] : []),
    ...(id === 'mail2' ? [[SUDO, 'set the members of sudo to alice (removes mallory)'] as const] : []),
  ]
}

function newTroubles(id: string): readonly Wrong[] {
  return [
    ...(['web5', 'web6', 'web7', 'db2'].includes(id)
      ? [[SSHD, 'write /etc/ssh/sshd_config.d/10-fleet.conf (94 B, mode 0600, root:root)', SSHD_DIFF] as const]
      : []),
    ...(id === 'web19' ? [[NGINX_UP, 'start nginx'] as const] : []),
  ]
}

function yesterday(id: string): MinionFacts {
  const gone: readonly Wrong[] = ['db7', 'db8'].includes(id) ? [[SYSCTL, 'write /etc/sysctl.d/60-fleet.conf']] : []
  const wrong = [...oldTroubles(id), ...gone]
  const first = { run: `run-${id}-old`, at: LAST_WEEK, wrong: new Set(wrong.map(([key]) => key)) }
  return { ...facade(id, wrong, {}), history: [first] }
}

function today(id: string): MinionFacts {
  const wrong = [...oldTroubles(id), ...newTroubles(id)]
  if (id === 'web12' || id === 'mail4') {
    const { test: _test, ...rest } = facade(id, [], {})
    return { ...rest, connected: false, lastSeenAt: '2026-11-21T05:12:00.000Z' }
  }
  if (id === 'db3') {
    return facade(id, wrong, {
      checks: [
        {
          key: 'db/replicates',
          outcome: 'failed',
          durationMs: 31,
          problem: {
            code: 'CHECK_FAILED',
            message:
              '`mariadb -e "show replica status"`: expected stdout with `Yes`, got `Replica_IO_Running: Connecting`',
            hint: 'Run it on the host to see more: `master ssh db3`.',
          },
        },
      ],
    })
  }
  if (id === 'web41') return failing(id)
  return facade(id, wrong, {})
}

function facade(
  id: string,
  wrong: readonly Wrong[],
  changes: Pick<Parameters<typeof minion>[1], 'checks'>,
): MinionFacts {
  const isStaging = levelOf(id) === 'staging'
  const states = keysOf(id).map(key => state(key))
  const edited = states.map(one => (isStaging && one.key === MOTD ? state(MOTD, { params: { contents: 'new' } }) : one))
  const level = levelOf(id)
  const found = minion(
    id,
    {
      catalog: catalog(id, edited, { level }),
      applied: catalog(id, states, { level }),
      wrong: [
        ...wrong.map(([key, summary, diff]) =>
          result({ key, actions: [{ kind: 'run', summary }], ...(diff === undefined ? {} : { diff }) }, 'would-change'),
        ),
        ...(isStaging
          ? [
              result(
                { key: MOTD, actions: [{ kind: 'write-file', summary: 'write /etc/motd' }], diff: MOTD_DIFF },
                'would-change',
              ),
            ]
          : []),
        ...(isStaging && roleOf(id) === 'web'
          ? [
              result(
                { key: NGINX, actions: [{ kind: 'write-file', summary: 'write shop.conf' }], diff: NGINX_DIFF },
                'would-change',
              ),
            ]
          : []),
      ],
      ...changes,
    },
    { level },
  )
  const old = new Set(oldTroubles(id).map(([key]) => key))
  return {
    ...found,
    roles: ['base', roleOf(id)],
    history: [...found.history, { run: `run-${id}-old`, at: LAST_WEEK, wrong: old }],
  }
}

/** A state that fails, on the one minion for tests. */
function failing(id: string): MinionFacts {
  const problem = {
    code: 'PROGRAM_FAILED' as const,
    message: '`nginx -t` exited with 1: unknown directive "ssl_protocol" in /etc/nginx/sites-enabled/shop.conf:12',
    hint: 'Fix the template, or run `nginx -t` on the host.',
  }
  const facts = facade(id, [], {})
  const { test } = facts
  if (test?.report === undefined) return facts
  const results = test.report.results.map(one =>
    one.key === NGINX_UP ? result({ key: NGINX_UP, problem }, 'failed') : one,
  )
  return { ...facts, test: { ...test, report: { ...test.report, results } } }
}

function contracts(isYesterday: boolean): readonly ContractFinding[] {
  const production = { level: 'production', ok: true }
  return [
    { ...production, role: 'db', kind: 'count', expected: 'at least 2', found: '8' },
    { ...production, role: 'web', kind: 'count', expected: 'at least 10', found: '20' },
    {
      ...production,
      role: 'mail',
      kind: 'count',
      expected: 'at most 3',
      found: '4: mail1, mail2, mail3, mail4',
      ok: false,
    },
    { level: 'staging', role: 'web', kind: 'count', expected: 'at least 2', found: '6', ok: true },
    { level: 'staging', role: 'mail', kind: 'count', expected: 'at least 1', found: '0', ok: isYesterday },
    ...['db1', 'db5', 'db6'].map(id => ({
      ...production,
      minion: id as MinionId,
      state: CERTIFICATE as StateKey,
      kind: 'certificate' as const,
      expected: 'valid for 14 more days',
      found: 'expires on 2026-11-28',
      ok: isYesterday,
    })),
  ]
}

/** One report a day; a bad week in the middle, and a worse day today. */
function trend(last: number): ComplianceFacts['trend'] {
  const scores = [
    97,
    97,
    100,
    100,
    97,
    95,
    95,
    93,
    93,
    93,
    80,
    66,
    64,
    64,
    71,
    88,
    91,
    95,
    95,
    97,
    97,
    100,
    100,
    97,
    72,
    68,
    61,
    58,
    last,
  ]
  return scores.map((score, index) => ({
    id: `compliance-${index}`,
    at: new Date(Date.parse(NOW) - (scores.length - index) * DAY_MS).toISOString(),
    score,
    findings: Math.ceil((100 - score) / 5),
  }))
}
