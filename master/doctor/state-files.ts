import { counted } from '../../protocol/amounts.ts'
import { namesText } from '../../protocol/minion-names.ts'
import { type Check, type Fact, judged } from './check.ts'

/** A file or directory whose owner and mode matter. */
export interface FileFact {
  readonly path: string
  /** Permission bits. */
  readonly mode: number
  readonly uid: number
  /** Bits that must not be set: 0o077 for what only its owner may read, 0o022 or 0o002 for what others may not change. */
  readonly forbidden: number
}

/** The state directory: its files, and the user who owns it. */
export interface StateFacts {
  readonly directory: string
  /** Undefined: there is no state directory. */
  readonly files: Fact<readonly FileFact[] | undefined>
  /** The owner of the state directory; other files must belong to them or to root. */
  readonly owner: number
  /** What the identity files contain is wrong: the error of loading them. Absent: they load, or cannot be read. */
  readonly identity?: { readonly message: string; readonly hint?: string }
}

const subject = 'state'

/** Judges owners and modes of keys, store, settings and fleet, and whether the identity loads. Pure. */
export function judgeState({ directory, files, owner, identity }: StateFacts): readonly Check[] {
  return judged({ subject, check: 'modes' }, files, found => {
    if (found === undefined) {
      return [
        {
          subject,
          check: 'directory',
          status: 'problem',
          found: `there is no ${directory}`,
          expected: 'the state directory of a master',
          action: 'Type `systemctl start saltern-master`, which creates it, or `master restore FILE`.',
        },
      ]
    }
    return [
      modesCheck(found),
      ownersCheck(found, owner),
      identity === undefined
        ? { subject, check: 'identity', status: 'ok', found: 'the keys belong together' }
        : {
            subject,
            check: 'identity',
            status: 'problem',
            found: identity.message,
            expected: 'keys that belong together',
            action: identity.hint ?? 'Type `master restore FILE`.',
          },
    ]
  })
}

function modesCheck(files: readonly FileFact[]): Check {
  const check = 'modes'
  const open = files.filter(({ mode, forbidden }) => (mode & forbidden) !== 0)
  if (open.length === 0)
    return { subject, check, status: 'ok', found: counted(files.length, 'file or directory', 'files and directories') }
  const [first] = open
  const forbidden = first?.forbidden ?? 0
  const alike = open.filter(one => one.forbidden === forbidden)
  return {
    subject,
    check,
    status: 'problem',
    found: `other users may ${forbidden === 0o077 ? 'read' : 'change'} ${namesText(alike.map(({ path, mode }) => `${path} (mode ${octal(mode)})`))}`,
    expected: forbidden === 0o077 ? 'modes 0600 and 0700' : 'files that only their owner changes',
    action: `Type \`chmod ${forbidden === 0o077 ? 'go=' : forbidden === 0o022 ? 'go-w' : 'o-w'} ${alike
      .slice(0, 20)
      .map(({ path }) => path)
      .join(' ')}\`.`,
  }
}

function ownersCheck(files: readonly FileFact[], owner: number): Check {
  const check = 'owners'
  // Only the state directory belongs to the user of the daemon; settings and fleet have owners of their own.
  const strange = files.filter(({ uid, forbidden }) => forbidden === 0o077 && uid !== owner && uid !== 0)
  if (strange.length === 0) return { subject, check, status: 'ok', found: `user ${owner}` }
  return {
    subject,
    check,
    status: 'problem',
    found: `another user owns ${namesText(strange.map(({ path, uid }) => `${path} (user ${uid})`))}`,
    expected: `user ${owner}, who owns the state directory`,
    action: `Type \`chown ${owner} ${strange
      .slice(0, 20)
      .map(({ path }) => path)
      .join(' ')}\`.`,
  }
}

function octal(mode: number): string {
  return `0${(mode & 0o777).toString(8).padStart(3, '0')}`
}
