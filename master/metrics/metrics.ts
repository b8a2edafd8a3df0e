import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { FleetFacts } from './facts.ts'

/** Metrics of one master and its fleet. */
export interface Metrics {
  /** Counts rare incidents on the link, under their name in the daemon's log; once, or `times` times. */
  countIncident(event: string, times?: unknown): void
  countSession(): void
  /** Records the duration of one requested verb; `code` is that of its first problem when it failed. */
  timeVerb(verb: string, seconds: number, code: string | undefined): void
  /** Renders all metrics in the text format of Prometheus. */
  exposition(facts: FleetFacts): Promise<string>
}

const SECONDS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600]

/** Creates the metrics. `about` becomes the labels of `saltern_info`. */
export function createMetrics(about: { readonly version: string; readonly fleet: string }): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'saltern_' })
  const registers = [registry]
  const gauge = (name: string, help: string, ...labelNames: string[]): Gauge =>
    new Gauge({ name: `saltern_${name}`, help, labelNames, registers })
  const counter = (name: string, help: string, ...labelNames: string[]): Counter =>
    new Counter({ name: `saltern_${name}`, help, labelNames, registers })
  gauge('info', 'This master', 'version', 'fleet').set(about, 1)
  const incidents = counter('link_incidents_total', 'Refused connections, messages and reports', 'event')
  const sessions = counter('link_sessions_total', 'Authenticated connections of minions')
  const failures = counter('verb_failures_total', 'Verbs that failed, by the code of the first problem', 'verb', 'code')
  const verbs = new Histogram({
    name: 'saltern_verb_duration_seconds',
    help: 'Time from the request of a verb to its answer',
    labelNames: ['verb'],
    buckets: SECONDS,
    registers,
  })
  const show = createFleetGauges(gauge, counter)
  return {
    countIncident: (event, times) => incidents.inc({ event }, typeof times === 'number' ? times : 1),
    countSession: () => sessions.inc(),
    timeVerb(verb, seconds, code) {
      verbs.observe({ verb }, seconds)
      if (code !== undefined) failures.inc({ verb, code })
    },
    exposition(facts) {
      show(facts)
      return registry.metrics()
    },
  }
}

function createFleetGauges(
  gauge: (name: string, help: string, ...labels: string[]) => Gauge,
  counter: (name: string, help: string, ...labels: string[]) => Counter,
): (facts: FleetFacts) => void {
  const keys = gauge('keys', 'Keys of minions by state', 'state')
  const connected = gauge('minion_connected', '1 when the minion is online', 'minion', 'level')
  const lastSeen = gauge('minion_last_seen_timestamp_seconds', 'When the minion was last online', 'minion', 'level')
  const lastRun = gauge('minion_last_run_timestamp_seconds', 'End of the last run', 'minion', 'level', 'verb')
  const lastRunOk = gauge('minion_last_run_ok', '1 when the last run succeeded', 'minion', 'level', 'verb')
  const states = gauge('minion_states', 'States of the last run by outcome', 'minion', 'level', 'verb', 'outcome')
  const onTheWay = gauge('runs_on_the_way', 'Active runs by state', 'state')
  const finished = counter('runs_finished_total', 'Finished runs by result', 'verb', 'state')
  const certificates = gauge(
    'certificate_not_after_timestamp_seconds',
    'Expiry of a certificate that the fleet authority issued',
    'minion',
    'name',
  )
  const overdue = gauge('certificate_overdue', '1 when an apply should have renewed the certificate', 'minion', 'name')
  const score = gauge('compliance_score', 'Compliant percentage in the last report on a target', 'target')
  const findings = gauge('compliance_findings', 'Findings in the last compliance report on a target', 'target')
  const judged = gauge(
    'compliance_judged_timestamp_seconds',
    'Time of the last compliance report on a target',
    'target',
  )
  const events = counter('log_events_total', 'Events in the log')
  const ofMinions = [connected, lastSeen, lastRun, lastRunOk, states]
  const all = [...ofMinions, keys, onTheWay, finished, certificates, overdue, score, findings, judged, events]
  return facts => {
    // Remove the values of minions and outcomes that no longer exist.
    for (const one of all) one.reset()
    for (const [state, count] of Object.entries(facts.keys)) keys.set({ state }, count)
    for (const [state, count] of Object.entries(facts.onTheWay)) onTheWay.set({ state }, count)
    for (const { verb, state, runs } of facts.finished) finished.inc({ verb, state }, runs)
    for (const { minion, name, notAfter, isOverdue } of facts.certificates) {
      certificates.set({ minion, name }, notAfter)
      overdue.set({ minion, name }, Number(isOverdue))
    }
    for (const { target, ...last } of facts.judgements) {
      score.set({ target }, last.score)
      findings.set({ target }, last.findings)
      judged.set({ target }, last.at)
    }
    events.inc(facts.events)
    for (const { minion, level, ...known } of facts.minions) {
      const labels = { minion, level }
      connected.set(labels, known.connected ? 1 : 0)
      if (known.lastSeen !== undefined) lastSeen.set(labels, known.lastSeen)
      for (const run of known.runs) {
        const ofVerb = { ...labels, verb: run.verb }
        lastRun.set(ofVerb, run.at)
        lastRunOk.set(ofVerb, run.ok ? 1 : 0)
        for (const [outcome, count] of Object.entries(run.states)) states.set({ ...ofVerb, outcome }, count)
      }
    }
  }
}
