import { counted } from '../../protocol/amounts.ts'
import { namesText } from '../../protocol/minion-names.ts'
import { type Check, type Fact, judged } from './check.ts'

/** The address that minions connect to, and what this machine knows about it. */
export interface AddressFacts {
  /** `host:port`. */
  readonly address: string
  readonly host: string
  readonly isName: boolean
  /** Nobody configured it. */
  readonly isGuess: boolean
  readonly settings: string
  /** Addresses of this machine. */
  readonly own: readonly string[]
  /** What the name resolves to; an address is itself. */
  readonly resolved: Fact<readonly string[]>
  /** Names of the first resolved address. */
  readonly reverse: Fact<readonly string[]>
}

/** Whether something answers at an address: this master, something else, or nothing. */
export interface ListenFacts {
  readonly address: string
  /** `closed`: nothing listens, or a firewall refuses. `unidentified`: it answers, and who it is cannot be told. */
  readonly answer: 'master' | 'other' | 'unidentified' | 'closed' | 'silent'
  /** The error of the connection. */
  readonly why?: string
}

/** Judges the advertised address and its names. Pure. */
export function judgeAddress(facts: AddressFacts): readonly Check[] {
  return [guessCheck(facts), ...resolvedCheck(facts), ...reverseCheck(facts)]
}

function guessCheck({ address, isGuess, settings }: AddressFacts): Check {
  const check = 'advertised'
  if (!isGuess) return { subject: 'dns', check, status: 'ok', found: address }
  return {
    subject: 'dns',
    check,
    status: 'warning',
    found: `${address}, the first address of this machine: no address is configured`,
    expected: 'an address that every minion can reach',
    action: `Write \`address: master.example.net\` into ${settings}, then \`systemctl restart saltern-master\`.`,
  }
}

function resolvedCheck({ host, isName, own, resolved, settings }: AddressFacts): readonly Check[] {
  const head = { subject: 'dns', check: 'resolves' } as const
  return judged({ ...head, action: `Type \`getent ahosts ${host}\`, and check /etc/resolv.conf.` }, resolved, found => {
    if (found.length === 0) {
      const action = `Add a record for ${host}, or correct \`address\` in ${settings}.`
      return [
        {
          ...head,
          status: 'problem',
          found: `${host} does not resolve`,
          expected: 'an address of this machine',
          action,
        },
      ]
    }
    const isOwn = found.some(address => own.includes(address))
    const to = isName ? `${host} is ${namesText(found)}` : host
    if (isOwn) return [{ ...head, status: 'ok', found: `${to}, an address of this machine` }]
    return [
      {
        ...head,
        status: 'warning',
        found: `${to}, and this machine has ${namesText(own)}`,
        expected: 'an address of this machine, unless NAT or a proxy forwards to it',
        action: `If nothing forwards to this machine, correct the record of ${host}, or \`address\` in ${settings}.`,
      },
    ]
  })
}

function reverseCheck({ host, isName, reverse }: AddressFacts): readonly Check[] {
  const head = { subject: 'dns', check: 'reverse' } as const
  if (!isName) return []
  return judged(
    { ...head, action: `Type \`getent hosts ${host}\`. Saltern works without reverse names.` },
    reverse,
    names => {
      if (names.length === 0) return [{ ...head, status: 'ok', found: 'no reverse name; Saltern needs none' }]
      if (names.some(name => name.toLowerCase().replace(/\.$/, '') === host.toLowerCase())) {
        return [{ ...head, status: 'ok', found: namesText(names) }]
      }
      return [
        {
          ...head,
          status: 'warning',
          found: `the address of ${host} has the name ${namesText(names)}`,
          expected: host,
          action: `Correct the PTR record if another host has that name. Saltern works without it.`,
        },
      ]
    },
  )
}

const MOST_NAMES = 100
const HOST_NAME = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i

/**
 * Picks the names to look up, at most a hundred. Minions report them: one that is no host name would make a resolver fail for
 * all, and one without a domain is not in DNS. Pure.
 */
export function namesToLookUp(reported: readonly string[]): readonly string[] {
  return [...new Set(reported)].filter(name => HOST_NAME.test(name)).slice(0, MOST_NAMES)
}

interface NamesFacts {
  /** Number of names that were looked up. */
  readonly asked: number
  readonly missing: readonly string[]
  /** Names without an answer, with the error of the resolver. A zone of one minion that fails says nothing about the others. */
  readonly failed: readonly { readonly name: string; readonly why: string }[]
}

/** Judges the names that minions report. Pure. */
export function judgeMinionNames(names: Fact<NamesFacts>): readonly Check[] {
  const head = { subject: 'dns', check: 'minions' } as const
  const action = 'Type `resolvectl status`, or check /etc/resolv.conf.'
  return judged({ ...head, action }, names, ({ asked, missing, failed }) => {
    const answered = asked - failed.length
    const failures = failed.map(({ name, why }) => `${name} (${why})`)
    const unknown: Check = {
      subject: 'dns',
      check: answered === 0 ? 'minions' : 'minions-failed',
      status: 'unknown',
      found: `${failed.length} of ${counted(asked, 'name')} could not be looked up: ${namesText(failures)}`,
      action,
    }
    if (failed.length === 0) return [missingCheck(answered, missing)]
    return answered === 0 ? [unknown] : [missingCheck(answered, missing), unknown]
  })
}

function missingCheck(answered: number, missing: readonly string[]): Check {
  const head = { subject: 'dns', check: 'minions' } as const
  if (missing.length === 0) {
    return { ...head, status: 'ok', found: counted(answered, 'name of a minion resolves', 'names of minions resolve') }
  }
  return {
    ...head,
    status: 'warning',
    found: `${missing.length} of ${answered} names do not resolve: ${namesText(missing)}`,
    expected: 'names that resolve, if contracts or people use them',
    action: 'Add records for them. Minions connect to the master without them.',
  }
}

/** Judges what answers at the listen address and at the advertised one. Pure. */
export function judgeListening(answers: Fact<readonly ListenFacts[]>, isUp: boolean): readonly Check[] {
  return judged({ subject: 'listening', check: 'port', action: 'Type `ss -ltnp`.' }, answers, found =>
    found.map(one => listenCheck(one, isUp)),
  )
}

function listenCheck({ address, answer, why }: ListenFacts, isUp: boolean): Check {
  const head = { subject: 'listening', check: address } as const
  const expected = 'this master'
  const port = address.slice(address.lastIndexOf(':') + 1)
  switch (answer) {
    case 'master':
      return { ...head, status: 'ok', found: 'this master answers' }
    case 'unidentified':
      return { ...head, status: 'ok', found: 'something with TLS answers; only root can compare its certificate' }
    case 'other':
      return {
        ...head,
        status: 'problem',
        found: `something else answers${why === undefined ? '' : `: ${why}`}`,
        expected,
        action: `Type \`ss -ltnp 'sport = :${port}'\`, and stop the other program, or choose another \`listen\`.`,
      }
    case 'closed':
    case 'silent': {
      const found = answer === 'closed' ? `nothing answers: ${why ?? 'refused'}` : 'no answer within the time'
      if (!isUp)
        return {
          ...head,
          status: 'unknown',
          found: `${found}; the daemon does not run`,
          expected,
          action: 'Start the master first.',
        }
      return {
        ...head,
        status: 'problem',
        found,
        expected,
        action: `Type \`ss -ltnp 'sport = :${port}'\`, and check the firewall of this machine: \`nft list ruleset\`.`,
      }
    }
    default:
      return answer satisfies never
  }
}

/** Judges by the connections of minions whether a firewall lets them in: from here, nothing else shows it. Pure. */
export function judgeFirewall(connectedFromElsewhere: number, address: string): Check {
  const head = { subject: 'listening', check: 'firewall' } as const
  if (connectedFromElsewhere > 0) {
    return {
      ...head,
      status: 'ok',
      found: `${counted(connectedFromElsewhere, 'minion of another host is', 'minions of other hosts are')} connected`,
    }
  }
  return {
    ...head,
    status: 'unknown',
    found: 'no minion of another host is connected, and a firewall between cannot be seen from here',
    action: `Type \`nc -vz ${address.replace(/:(\d+)$/, ' $1')}\` on a minion.`,
  }
}
