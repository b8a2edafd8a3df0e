import type { SessionKind, SessionRequest } from '../../protocol/session-request.ts'
import { execChannel } from './exec.ts'
import { fileGetChannel } from './file-get.ts'
import { filePutChannel } from './file-put.ts'
import type { ChannelHandler } from './port.ts'
import { tcpChannel } from './tcp.ts'
import { terminalChannel } from './terminal.ts'

export type ChannelHandlers = {
  readonly [Kind in SessionKind]: ChannelHandler<Extract<SessionRequest, { readonly kind: Kind }>>
}

/** The handler for each kind of session. */
export const HANDLERS: ChannelHandlers = {
  terminal: terminalChannel,
  exec: execChannel,
  tcp: tcpChannel,
  'file-get': fileGetChannel,
  'file-put': filePutChannel,
}
