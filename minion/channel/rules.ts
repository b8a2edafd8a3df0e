import { AppError } from '../../protocol/errors.ts'
import type { SessionKind, SessionRequest } from '../../protocol/session-request.ts'
import type { SessionRules } from '../config.ts'
import { isLoopback } from './tcp.ts'

const SWITCH: { readonly [Kind in SessionKind]: 'terminal' | 'exec' | 'tcp' | 'files' } = {
  terminal: 'terminal',
  exec: 'exec',
  tcp: 'tcp',
  'file-get': 'files',
  'file-put': 'files',
}

const CALLED = { terminal: 'terminals', exec: 'programs', tcp: 'forwarded connections', files: 'copies' } as const

/** Throws SESSION_REFUSED for what the minion's own configuration forbids, regardless of the operator. Pure. */
export function checkRules(request: SessionRequest, rules: SessionRules): void {
  const name = SWITCH[request.kind]
  if (!rules[name]) {
    throw new AppError({
      code: 'SESSION_REFUSED',
      message: `this minion is configured to refuse ${CALLED[name]}`,
      hint: `To allow them, remove \`sessions: {${name}: false}\` from its minion.yml.`,
    })
  }
  if (request.kind === 'tcp' && !rules.tcpAnywhere && !isLoopback(request.host)) {
    throw new AppError({
      code: 'SESSION_REFUSED',
      message: `this minion forwards only to its own loopback addresses, not to \`${request.host}\``,
      hint: 'Give only a port, or set `sessions: {tcpAnywhere: true}` in its minion.yml.',
    })
  }
}
