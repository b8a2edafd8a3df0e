import { namesText } from '../../protocol/minion-names.ts'
import { type Check, type Fact, judged } from './check.ts'

/** What the daemon saw of clocks in the newest part of its log. */
export interface ClockFacts {
  /** Times when the clock of the master was set since the daemon started. */
  readonly changes: readonly { readonly at: string; readonly byMs: number }[]
  /** Minions that refused an order because of the time, within a day. */
  readonly differed: readonly string[]
}

const subject = 'clock'
const SYNC = 'Type `timedatectl set-ntp true`, or install chrony: `apt-get install chrony`.'

/** Judges whether the clock of this machine is synchronised. Pure. */
export function judgeSynchronised(synchronised: Fact<boolean>): readonly Check[] {
  const check = 'synchronised'
  return judged({ subject, check, action: 'Type `timedatectl`, or `chronyc tracking`.' }, synchronised, value => {
    if (value) return [{ subject, check, status: 'ok', found: 'the clock is synchronised' }]
    return [
      {
        subject,
        check,
        status: 'warning',
        found: 'the clock is not synchronised',
        expected: 'System clock synchronized: yes',
        action: SYNC,
      },
    ]
  })
}

/** Judges what the daemon saw of clocks. Pure. */
export function judgeClocks({ changes, differed }: ClockFacts): readonly Check[] {
  const last = changes.at(-1)
  const jump: Check =
    last === undefined
      ? { subject, check: 'jumps', status: 'ok', found: 'the clock was not set since the master started' }
      : {
          subject,
          check: 'jumps',
          status: 'warning',
          found: `the clock was set ${changes.length === 1 ? 'once' : `${changes.length} times`} since the master started, at ${last.at} by ${last.byMs / 1000} s`,
          expected: 'a clock that is never set by more than a second',
          action: `Find out what sets it: \`journalctl -u systemd-timesyncd -u chrony\`. ${SYNC}`,
        }
  const minions: Check =
    differed.length === 0
      ? { subject, check: 'minions', status: 'ok', found: 'no minion refused an order because of the time' }
      : {
          subject,
          check: 'minions',
          status: 'warning',
          found: `${namesText(differed)} refused orders because of the time`,
          expected: 'clocks that agree with the master',
          action: `Type \`master run ${differed[0]} -- timedatectl\`.`,
        }
  return [jump, minions]
}
