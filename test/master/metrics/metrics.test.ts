import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import type { FleetFacts } from '../../../master/metrics/facts.ts'
import { createMetrics } from '../../../master/metrics/metrics.ts'
import { openMetricsServer } from '../../../master/metrics/server.ts'

const DOCS = join(import.meta.dirname, '../../../docs')
const FACTS: FleetFacts = {
  minions: [
    {
      minion: 'db1',
      level: 'staging',
      connected: true,
      lastSeen: 1000,
      runs: [{ verb: 'test', ok: true, at: 900, states: { unchanged: 4, 'would-change': 2 } }],
    },
    { minion: 'web1', level: '', connected: false, lastSeen: undefined, runs: [] },
  ],
  keys: { accepted: 2, pending: 1 },
  onTheWay: { running: 1 },
  finished: [{ verb: 'apply', state: 'done', runs: 7 }],
  certificates: [{ minion: 'db1', name: 'mariadb', notAfter: 5000, isOverdue: true }],
  judgements: [{ target: 'level="staging"', score: 66.6, findings: 3, at: 1200 }],
  events: 42,
}

function everything(): Promise<string> {
  const metrics = createMetrics({ version: '1', fleet: 'f' })
  metrics.countIncident('link-refused', 1)
  metrics.countSession()
  metrics.timeVerb('apply', 0.3, 'TARGET_SYNTAX')
  return metrics.exposition(FACTS)
}

const namesIn = (text: string): readonly string[] => [...new Set(text.match(/\bsaltern_[a-z0-9_]+/g))].sort()

it('the metrics show for each minion whether it is online and what its last run found', async () => {
  const lines = (await everything()).split('\n')

  expect(lines).toContain('saltern_minion_connected{minion="db1",level="staging"} 1')
  expect(lines).toContain('saltern_minion_connected{minion="web1",level=""} 0')
  expect(lines).toContain('saltern_minion_states{minion="db1",level="staging",verb="test",outcome="would-change"} 2')
  expect(lines).toContain('saltern_keys{state="pending"} 1')
  expect(lines).toContain('saltern_runs_finished_total{verb="apply",state="done"} 7')
  expect(lines).toContain('saltern_compliance_score{target="level=\\"staging\\""} 66.6')
  expect(lines).toContain('saltern_compliance_findings{target="level=\\"staging\\""} 3')
  expect(lines).toContain('saltern_compliance_judged_timestamp_seconds{target="level=\\"staging\\""} 1200')
  expect(lines).toContain('saltern_certificate_overdue{minion="db1",name="mariadb"} 1')
  expect(lines).toContain('saltern_log_events_total 42')
  expect(lines).toContain('saltern_verb_failures_total{verb="apply",code="TARGET_SYNTAX"} 1')
  expect(lines).toContain('saltern_link_incidents_total{event="link-refused"} 1')
})

it('the metrics drop a removed minion, and scraping does not change a total', async () => {
  const metrics = createMetrics({ version: '1', fleet: 'f' })
  await metrics.exposition(FACTS)

  const text = await metrics.exposition({ ...FACTS, minions: [] })

  expect(text).not.toContain('db1",level')
  expect(text).toContain('saltern_log_events_total 42\n')
})

it('the metrics include every metric that the alert rules and the documentation name', async () => {
  const told = new Set((await everything()).match(/^saltern_[a-z0-9_]+/gm))
  const rules = readFileSync(join(DOCS, 'monitoring/saltern.rules.yml'), 'utf8')
  const expressions = (parse(rules) as Rules).groups.flatMap(group => group.rules.map(({ expr }) => expr))
  const page = readFileSync(join(DOCS, 'monitoring.md'), 'utf8')
  const isTold = (name: string): boolean =>
    name.endsWith('_') ? [...told].some(one => one.startsWith(name)) : told.has(name) || told.has(`${name}_count`)

  expect(expressions.length).toBeGreaterThan(8)
  expect([...namesIn(expressions.join('\n')), ...namesIn(page)].filter(name => !isTold(name))).toEqual([])
})

it('the metrics server serves /metrics and nothing else', async () => {
  const server = await openMetricsServer(
    { host: '127.0.0.1', port: 0 },
    { exposition: everything, onFault: thrown => expect.fail(String(thrown)) },
  )
  const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${server.port}${path}`)
  try {
    const scraped = await get('/metrics')
    expect(scraped.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    expect(await scraped.text()).toContain('saltern_info{version="1",fleet="f"} 1')
    expect((await get('/')).status).toBe(404)
  } finally {
    await server.close()
  }
})

it('an error while collecting metrics is logged and not shown to the scraper', async () => {
  const faults: unknown[] = []
  const server = await openMetricsServer(
    { host: '127.0.0.1', port: 0 },
    { exposition: () => Promise.reject(new Error('inner')), onFault: thrown => faults.push(thrown) },
  )
  try {
    const response = await fetch(`http://127.0.0.1:${server.port}/metrics`)
    expect([response.status, await response.text()]).toEqual([500, 'See the log of the master.\n'])
    expect(faults).toHaveLength(1)
  } finally {
    await server.close()
  }
})

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly expr: string }[] }[]
}
