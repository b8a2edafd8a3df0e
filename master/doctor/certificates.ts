import { counted } from '../../protocol/amounts.ts'
import { namesText } from '../../protocol/minion-names.ts'
import { type Check, DAY_MS, type Fact, judged } from './check.ts'

/** When something is valid, in milliseconds since 1970. */
interface Validity {
  readonly notBefore: number
  readonly notAfter: number
}

/** The certificates in the state directory. */
export interface CertificateFacts {
  /** The root's certificate for the key of the master, which minions check. */
  readonly master: Validity
  /** The TLS certificate, on which no minion relies. */
  readonly tls: Validity
  /** Directory of both. */
  readonly directory: string
}

/** A certificate that the fleet's authority issued for a minion. */
export interface IssuedFact {
  readonly minion: string
  readonly name: string
  readonly notAfter: number
  /** An apply should have renewed it. */
  readonly isOverdue: boolean
}

const subject = 'certificates'
const SOON_MS = 30 * DAY_MS

/** Judges the certificates of the master. Pure. */
export function judgeCertificates(facts: Fact<CertificateFacts>, nowMs: number): readonly Check[] {
  return judged({ subject, check: 'master' }, facts, ({ master, tls, directory }) => [
    validityCheck('master', master, nowMs, {
      bad: 'problem',
      why: 'minions refuse this master',
      action: `Check the clock with \`timedatectl\`. If it is right, restore a backup with a valid certificate: \`master restore FILE\`. Otherwise move ${directory} aside, start the master, and join every minion again.`,
    }),
    validityCheck('tls', tls, nowMs, {
      bad: 'warning',
      why: 'minions do not rely on it',
      action: `Type \`rm ${directory}/tls.crt\`, then \`systemctl restart saltern-master\`, which creates it again.`,
    }),
    { subject, check: 'root', status: 'ok', found: 'the root key, which minions pin, does not expire' },
  ])
}

function validityCheck(
  check: string,
  { notBefore, notAfter }: Validity,
  nowMs: number,
  { bad, why, action }: { readonly bad: 'problem' | 'warning'; readonly why: string; readonly action: string },
): Check {
  const until = dateOf(notAfter)
  const expected = `a certificate that is valid on ${dateOf(nowMs)}`
  if (nowMs < notBefore) {
    return { subject, check, status: bad, found: `valid only from ${dateOf(notBefore)}: ${why}`, expected, action }
  }
  if (nowMs > notAfter) return { subject, check, status: bad, found: `expired on ${until}: ${why}`, expected, action }
  const left = Math.floor((notAfter - nowMs) / DAY_MS)
  if (notAfter - nowMs < SOON_MS) {
    return { subject, check, status: 'warning', found: `expires on ${until}, in ${left} days`, expected, action }
  }
  return { subject, check, status: 'ok', found: `valid until ${until}, ${left} days` }
}

/** Judges the certificates that the master issued for hosts. Pure. */
export function judgeIssued(issued: readonly IssuedFact[], nowMs: number): Check {
  const check = 'hosts'
  const late = issued.filter(({ isOverdue }) => isOverdue)
  if (late.length === 0)
    return {
      subject,
      check,
      status: 'ok',
      found: counted(issued.length, 'certificate of a host', 'certificates of hosts'),
    }
  const expired = late.filter(({ notAfter }) => notAfter <= nowMs).length
  const minions = [...new Set(late.map(({ minion }) => minion))]
  return {
    subject,
    check,
    status: 'warning',
    found: `${expired} expired and ${late.length - expired} not renewed in time: ${namesText(late.map(({ minion, name }) => `${minion} (${name})`))}`,
    expected: 'certificates that applies renew in time',
    action: `Type \`master apply ${minions.slice(0, 20).join(',')}\`.`,
  }
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
