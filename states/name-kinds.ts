import type { Kind } from './kinds.ts'
import { word } from './kinds.ts'

/** A user or group by name or number; a number is converted to text. */
export function accountName(what: 'user' | 'group'): Kind<string> {
  const named = word(`the name or number of a ${what}`, /^([a-zA-Z_][a-zA-Z0-9_.-]*\$?|0|[1-9][0-9]*)$/)
  return { ...named, check: value => named.check(Number.isInteger(value) ? String(value) : value) }
}

/** The name of a new account, as accepted by Debian's useradd(8); not a number. */
export function newAccountName(what: 'user' | 'group'): Kind<string> {
  return word(`the name of a ${what}`, /^[a-zA-Z_][a-zA-Z0-9_.-]{0,31}$/)
}

export function packageName(): Kind<string> {
  return word('the name of a Debian package', PACKAGE)
}

export const PACKAGE = /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?$/

/** A systemd unit; a name without a suffix is a service. */
export function unitName(): Kind<string> {
  return word('the name of a systemd unit', /^[A-Za-z0-9:_.\\@-]+$/)
}

/** The full name of a unit, so that `ssh` and `ssh.service` are the same. Pure. */
export function fullUnitName(unit: string): string {
  const suffix = /\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/
  return suffix.test(unit) ? unit : `${unit}.service`
}

/** The name of a network interface, as accepted by the kernel. */
export function interfaceName(): Kind<string> {
  return word('the name of a network interface, at most 15 characters', /^(?!\.{1,2}$)[A-Za-z0-9_=+.-]{1,15}$/)
}
