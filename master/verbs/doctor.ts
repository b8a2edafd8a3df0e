import { Resolver } from 'node:dns/promises'
import { setImmediate as pause, setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { ControlContext } from '../context.ts'
import { lookUp } from '../control/dns.ts'
import { issuedCertificates } from '../control/issued-certificates.ts'
import { type RecentOutcomes, recentOutcomes } from '../control/recent-outcomes.ts'
import { scheduleInForce } from '../control/schedule-in-force.ts'
import { judgeIssued } from '../doctor/certificates.ts'
import { type Check, DAY_MS, type Fact } from '../doctor/check.ts'
import { judgeClocks } from '../doctor/clock.ts'
import { type DeliveryFacts, judgeDelivery, judgePending, judgeVersions } from '../doctor/fleet.ts'
import { judgeFirewall, judgeMinionNames, namesToLookUp } from '../doctor/network.ts'
import { keyWaits } from '../keys/key-store.ts'
import type { LogEntry } from '../store/ports.ts'
import type { Minion } from '../store/tables/minions.ts'
import { defineVerb } from './define.ts'

export interface DoctorResult {
  /** Version of the program that made the checks. */
  readonly version: string
  /** Absent: the daemon did not answer, so what only it knows was not checked. */
  readonly daemon?: DoctorDaemon
  readonly checks: readonly Check[]
}

interface DoctorDaemon {
  readonly version: string
  readonly pid: number
  readonly startedAt: string
  readonly listen: string
  /** Address that minions connect to. */
  readonly address: string
  /** True when no address is configured. */
  readonly isGuess: boolean
}

/** Checks what only the daemon knows. The command line adds what it sees on the machine itself. */
const doctorVerb = defineVerb({
  name: 'doctor',
  input: z.strictObject({}),
  right: { on: 'fleet', kind: 'read' },
  async run(context): Promise<DoctorResult> {
    const { store, facts, keyStore, now } = context
    const { version, pid, startedAt, listen, advertised } = facts
    const minions = store.minions.list().filter(({ fingerprint }) => fingerprint !== undefined)
    const outcomes = recentOutcomes(await newestEntries(context), {
      since: startedAt,
      lately: new Date(now() - DAY_MS).toISOString(),
    })
    const issued = issuedCertificates(context, minions).map(one => ({ ...one, notAfter: Date.parse(one.notAfter) }))
    const pending = keyStore.list().filter(keyWaits)
    return {
      version,
      daemon: { version, pid, startedAt, listen, address: advertised.address, isGuess: advertised.isGuess },
      checks: [
        ...judgeClocks(outcomes),
        ...judgeMinionNames(await namesOf(minions)),
        judgeFirewall(minions.filter(isElsewhere).length, advertised.address),
        judgeIssued(issued, now()),
        judgeVersions(
          minions.map(({ id, grains }) => ({
            id,
            ...(grains === undefined ? {} : { version: grains.saltern_version, arch: grains.arch }),
          })),
          version,
        ),
        ...judgePending(
          pending.map(({ minion, firstSeenAt, cloneAlarmAt }) => {
            return { minion, firstSeenAt, usedTwice: cloneAlarmAt !== undefined }
          }),
          now(),
        ),
        ...judgeDelivery(await deliveryFacts(context, outcomes)),
      ],
    }
  },
})

export const doctorVerbs = [doctorVerb] as const

const PAGE = 1000
const PAGES = 5

/** Reads the newest part of the log in pages, so that a long log costs no more than a short one, and others get their turn. */
async function newestEntries({ store }: Pick<ControlContext, 'store'>): Promise<readonly LogEntry[]> {
  const last = store.log.lastSeq()
  const entries: LogEntry[] = []
  for (let after = Math.max(0, last - PAGE * PAGES); after < last; after += PAGE) {
    entries.push(...store.log.read(after, PAGE))
    await pause()
  }
  return entries
}

const NAMES_MS = 3000

/** Looks up names that minions report, as contracts do. */
async function namesOf(minions: readonly Minion[]): Promise<Parameters<typeof judgeMinionNames>[0]> {
  const asked = namesToLookUp(minions.flatMap(({ grains }) => grains?.fqdn ?? []))
  const resolver = new Resolver({ timeout: 1000, tries: 1 })
  const stop = new AbortController()
  const late = wait(NAMES_MS, undefined, { signal: stop.signal }).catch(() => undefined)
  const answers = await Promise.race([lookUp(resolver, { hostnames: asked, addresses: [] }), late])
  stop.abort()
  if (answers === undefined) {
    resolver.cancel()
    return { unknown: `no answer within ${NAMES_MS / 1000} s` }
  }
  const failed = [...answers.forward].flatMap(([name, answer]) =>
    'failed' in answer ? [{ name, why: answer.failed }] : [],
  )
  const missing = asked.filter(name => (answers.forward.get(name) as readonly string[] | undefined)?.length === 0)
  return { value: { asked: asked.length, missing, failed } }
}

/** True for a minion whose link comes from another host. */
function isElsewhere({ connected, address }: Minion): boolean {
  return connected && address !== undefined && !/^(::ffff:)?127\.|^::1$/.test(address)
}

async function deliveryFacts(
  context: Pick<ControlContext, 'store' | 'fleetDirectory'>,
  { delivered }: RecentOutcomes,
): Promise<Fact<DeliveryFacts>> {
  const { recipients } = await scheduleInForce(context)
  const stuck = context.store.deliveries.list().flatMap(({ recipient, attempts, problem }) => {
    return problem === undefined ? [] : [{ recipient, attempts, problem: problem.message }]
  })
  return {
    value: { recipients: [...recipients].map(([name, { kind }]) => ({ name, kind })), last: delivered, stuck },
  }
}
