import { counted } from '../../protocol/amounts.ts'
import { namesText } from '../../protocol/minion-names.ts'
import { type Check, DAY_MS, type Fact, judged } from './check.ts'

const PACKAGES = '/usr/lib/saltern/master/packages'

interface VersionFact {
  readonly id: string
  readonly version?: string
  /** As Node names it, such as `x64`. */
  readonly arch?: string
}

/** Judges the versions that minions report. Pure. */
export function judgeVersions(minions: readonly VersionFact[], master: string): Check {
  const head = { subject: 'versions', check: 'minions' } as const
  const known = minions.filter(({ version }) => version !== undefined)
  const older = known.filter(({ version = '' }) => compare(version, master) < 0)
  const newer = known.filter(({ version = '' }) => compare(version, master) > 0)
  const [first] = older
  if (newer.length > 0) {
    return {
      ...head,
      status: 'warning',
      found: `${counted(newer.length, 'minion is', 'minions are')} newer than the master (${master}): ${namesText(newer.map(({ id }) => id))}`,
      expected: 'minions that are not newer than their master',
      action: 'Upgrade the master first: `apt-get install -y ./saltern-master_*.deb`.',
    }
  }
  if (first !== undefined) {
    return {
      ...head,
      status: 'warning',
      found: `${older.length} of ${counted(known.length, 'minion is', 'minions are')} older than the master (${master}): ${namesText(older.map(({ id, version }) => `${id} (${version})`))}`,
      expected: `version ${master}`,
      action: `For each of them, type \`master cp ${PACKAGES}/${packageFor(first)} ${first.id}:/root/saltern-minion.deb\` and \`master run ${first.id} -- apt-get install -y /root/saltern-minion.deb\`.${otherPackages(first, older)}`,
    }
  }
  return {
    ...head,
    status: 'ok',
    found: `${counted(known.length, 'minion has', 'minions have')} the version of the master`,
  }
}

/** Name of the package for a minion; the master has packages of several architectures, and `master cp` takes one file. */
function packageFor({ arch }: VersionFact): string {
  return `saltern-minion_*_${arch === 'arm64' ? 'arm64' : 'amd64'}.deb`
}

function otherPackages(first: VersionFact, older: readonly VersionFact[]): string {
  const others = older.filter(one => packageFor(one) !== packageFor(first))
  const [other] = others
  return other === undefined ? '' : ` For ${namesText(others.map(({ id }) => id))}, copy \`${packageFor(other)}\`.`
}

/** Compares versions such as `0.1.0` and `0.1.0+121.g538efb5` by their numbers. */
function compare(one: string, other: string): number {
  const [a, b] = [one, other].map(text => {
    const [, ...numbers] = /^(\d+)\.(\d+)\.(\d+)(?:\+(\d+))?/.exec(text) ?? []
    return numbers.map(number => Number(number ?? 0))
  })
  for (let at = 0; at < 4; at += 1) {
    const difference = (a?.[at] ?? 0) - (b?.[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Judges keys that wait for a decision. Pure. */
export function judgePending(
  pending: readonly { readonly minion: string; readonly firstSeenAt: string; readonly usedTwice: boolean }[],
  nowMs: number,
): readonly Check[] {
  const head = { subject: 'keys', check: 'pending' } as const
  const old = pending.filter(({ firstSeenAt, usedTwice }) => !usedTwice && nowMs - Date.parse(firstSeenAt) > DAY_MS)
  const twice = pending.filter(({ usedTwice }) => usedTwice)
  const [first] = old
  const waiting: Check =
    first === undefined
      ? {
          ...head,
          status: 'ok',
          found: `${counted(pending.length - twice.length, 'key is', 'keys are')} pending, none for more than a day`,
        }
      : {
          ...head,
          status: 'warning',
          found: `${counted(old.length, 'key is', 'keys are')} pending for more than a day: ${namesText(old.map(({ minion }) => minion))}`,
          expected: 'a decision about every key',
          action: `Type \`master keys\`, then \`master keys accept ${first.minion}\` or \`master keys reject ${first.minion}\`.`,
        }
  const [clone] = twice
  if (clone === undefined) return [waiting]
  return [
    waiting,
    {
      subject: 'keys',
      check: 'used-twice',
      status: 'problem',
      found: `two hosts used the key of ${namesText(twice.map(({ minion }) => minion))}`,
      expected: 'one host for each key',
      action: `Purge saltern-minion on the copy, then type \`master keys accept ${clone.minion}\`.`,
    },
  ]
}

/** What the daemon knows about recipients of schedule.yml. */
export interface DeliveryFacts {
  readonly recipients: readonly { readonly name: string; readonly kind: 'file' | 'mail' | 'webhook' }[]
  /** The last result for each recipient in the newest part of the log. */
  readonly last: ReadonlyMap<string, { readonly at: string; readonly problem?: string }>
  /** Pending deliveries that failed at least once. */
  readonly stuck: readonly { readonly recipient: string; readonly attempts: number; readonly problem: string }[]
}

/** Judges whether documents reach their recipients. Pure. */
export function judgeDelivery(facts: Fact<DeliveryFacts>): readonly Check[] {
  const subject = 'delivery'
  return judged(
    { subject, check: 'recipients', action: 'Type `master lint`.' },
    facts,
    ({ recipients, last, stuck }) => {
      if (recipients.length === 0) {
        return [
          { subject, check: 'recipients', status: 'ok', found: 'schedule.yml has no recipients: no mail, no webhook' },
        ]
      }
      return recipients.map(({ name, kind }): Check => {
        const head = { subject, check: name } as const
        const failing = stuck.find(({ recipient }) => recipient === name)
        const result = last.get(name)
        const expected = 'a delivery that is accepted'
        const action = 'Type `master schedule`, and correct the recipient in schedule.yml or its server.'
        if (failing !== undefined) {
          return {
            ...head,
            status: 'warning',
            found: `${kind}: ${failing.attempts} attempts failed: ${failing.problem}`,
            expected,
            action,
          }
        }
        if (result === undefined) return { ...head, status: 'ok', found: `${kind}: nothing was sent lately` }
        if (result.problem === undefined) return { ...head, status: 'ok', found: `${kind}: delivered at ${result.at}` }
        return {
          ...head,
          status: 'warning',
          found: `${kind}: given up at ${result.at}: ${result.problem}`,
          expected,
          action,
        }
      })
    },
  )
}
