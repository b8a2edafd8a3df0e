import type { ComplianceFacts, MinionFacts } from '../../../master/compliance/facts.ts'
import type { ContractFinding } from '../../../protocol/contract.ts'
import type { MinionId, StateKey } from '../../../protocol/ids.ts'
import { catalog, facts, minion, NOW, result, state } from './facts.ts'

const DIFF = `--- /etc/mysql/mariadb.conf.d/60-fleet.cnf
+++ /etc/mysql/mariadb.conf.d/60-fleet.cnf
@@ -1,4 +1,4 @@
 [mysqld]
 bind-address = 10.0.0.11
-max_connections = 7
+max_connections = 200
 ssl_ca = /etc/mysql/tls/ca.pem
`
const MOTD = `@@ -1,2 +1,2 @@
-Welcome to shop, production.
+Welcome to shop, production. Changes go through git.
 Questions: ops@shop.example
`
const CNF = 'db/file.managed//etc/mysql/mariadb.conf.d/60-fleet.cnf'
const CERTIFICATE = 'db/tls.certificate/mariadb'

/** A small shop with ten planted problems, as seen by a test run, checks and contracts. */
export function tenTroubles(): ComplianceFacts {
  return facts([db1(), db2(), web1(), web2(), quiet('mail1', 'mail'), quiet('dns1', 'dns'), staging()], {
    contracts: contracts(),
    trend: [98, 98, 100, 100, 100, 97.2, 100, 100, 90.9, 90.9, 72.7].map((score, index) => ({
      id: `compliance-a${index}`,
      at: new Date(Date.parse(NOW) - (11 - index) * 86_400_000).toISOString(),
      score,
      findings: Math.round((100 - score) / 9),
    })),
  })
}

function db1(): MinionFacts {
  const states = [
    'base/file.managed//etc/motd',
    'db/pkg.installed/mariadb-server',
    CNF,
    CERTIFICATE,
    'db/service.running/mariadb',
  ]
  const action = (kind: string, summary: string) => [{ kind, summary }]
  const found = minion('db1', {
    catalog: catalog(
      'db1',
      states.map(key => state(key)),
    ),
    wrong: [
      result(
        {
          key: CNF,
          actions: action('write-file', 'write /etc/mysql/mariadb.conf.d/60-fleet.cnf (412 B, mode 0640, root:mysql)'),
          diff: DIFF,
        },
        'would-change',
      ),
      result(
        {
          key: CERTIFICATE,
          actions: action('write-file', 'write /etc/mysql/tls/server.pem (1.1 kB, mode 0644, root:mysql)'),
        },
        'would-change',
      ),
      result(
        {
          key: 'db/service.running/mariadb',
          reacted: true,
          follows: true,
          note: `because of ${CNF}`,
          actions: action('unit', 'restart mariadb'),
        },
        'would-change',
      ),
    ],
    checks: [
      { key: 'db/answers', outcome: 'passed', durationMs: 20 },
      {
        key: 'db/replicates',
        outcome: 'failed',
        durationMs: 31,
        problem: {
          code: 'CHECK_FAILED',
          message: 'expected exit 0 and stdout with `Yes`, got exit 0 and stdout `Slave_IO_Running: Connecting`',
          hint: 'Look at it on the host: `master ssh db1`.',
        },
      },
    ],
  })
  return { ...known(found, '02:30', [CNF]), roles: ['base', 'db', 'masterdb'] }
}

/** Problems already found by a test run at this time, and absent from the one before. */
function known(found: MinionFacts, at: string, keys: readonly string[]): MinionFacts {
  const past = { run: `run-${at}`, at: `2026-11-21T${at}:00.000Z`, wrong: new Set(keys) }
  return {
    ...found,
    history: [...found.history, past, { run: 'run-first', at: '2026-11-20T22:30:00.000Z', wrong: new Set() }],
  }
}

function db2(): MinionFacts {
  const mariadb = 'db/service.running/mariadb'
  const found = minion('db2', {
    catalog: catalog(
      'db2',
      ['base/file.managed//etc/motd', mariadb].map(key => state(key)),
    ),
    wrong: [result({ key: mariadb, actions: [{ kind: 'unit', summary: 'start mariadb' }] }, 'would-change')],
  })
  return { ...known(found, '06:00', [mariadb]), roles: ['base', 'db', 'masterdb'] }
}

function web1(): MinionFacts {
  const keys = ['base/group.present/sudo', 'web/file.managed//etc/nginx/secret.key', 'web/pkg.installed/curl']
  const act = (kind: string, summary: string) => [{ kind, summary }]
  const found = minion('web1', {
    catalog: catalog(
      'web1',
      keys.map(key => state(key)),
    ),
    wrong: [
      result(
        { key: keys[0] ?? '', actions: act('run', 'set the members of sudo to alice (removes mallory)') },
        'would-change',
      ),
      result(
        { key: keys[1] ?? '', actions: act('set-mode', 'set the mode of /etc/nginx/secret.key to 0600') },
        'would-change',
      ),
      result({ key: keys[2] ?? '', actions: act('install', 'install curl') }, 'would-change'),
    ],
  })
  return known(found, '07:00', keys.slice(0, 2))
}

function web2(): MinionFacts {
  const { test: _test, ...rest } = minion('web2', { catalog: catalog('web2', [state('web/pkg.installed/curl')]) })
  return { ...rest, connected: false, lastSeenAt: '2026-11-21T05:12:00.000Z' }
}

function staging(): MinionFacts {
  const key = 'base/file.managed//etc/motd'
  const [old, edited] = ['Welcome', 'Welcome. Changes go through git.'].map(contents =>
    catalog('web9', [state(key, { params: { name: '/etc/motd', contents } })], { level: 'staging' }),
  )
  if (old === undefined || edited === undefined) throw new TypeError('there are two')
  return {
    ...minion('web9', {
      catalog: edited,
      applied: old,
      wrong: [
        result(
          {
            key,
            actions: [{ kind: 'write-file', summary: 'write /etc/motd (80 B, mode 0644, root:root)' }],
            diff: MOTD,
          },
          'would-change',
        ),
      ],
    }),
    level: 'staging',
  }
}

function quiet(id: string, role: string): MinionFacts {
  const keys = ['base/file.managed//etc/motd', `${role}/pkg.installed/${role}`, `${role}/service.running/${role}`]
  return minion(id, {
    catalog: catalog(
      id,
      keys.map(key => state(key)),
    ),
    checks: [{ key: `${role}/answers`, outcome: 'passed', durationMs: 9 }],
  })
}

function contracts(): readonly ContractFinding[] {
  const production = { level: 'production', ok: true }
  return [
    { ...production, role: 'masterdb', kind: 'count', expected: 'exactly 1', found: '2 (db1, db2)', ok: false },
    { ...production, role: 'db', kind: 'count', expected: 'at least 1', found: '2 (db1, db2)' },
    { ...production, role: 'dns', kind: 'count', expected: 'at least 1', found: '1 (dns1)' },
    {
      ...production,
      role: 'dns',
      minion: 'dns1' as MinionId,
      kind: 'ports',
      expected: '53/udp answers',
      found: 'it answers',
    },
    { ...production, role: 'db', minion: 'db1' as MinionId, kind: 'public_ip', expected: 'none', found: 'none' },
    {
      ...production,
      minion: 'db1' as MinionId,
      state: CERTIFICATE as StateKey,
      kind: 'certificate',
      expected: 'good for 14 days',
      found: 'expired on 2026-11-19',
      ok: false,
    },
  ]
}
