import type { Readable, Writable } from 'node:stream'
import type { Problem } from '../../protocol/errors.ts'

export interface ChannelPort {
  readonly input: Readable
  readonly output: Writable
  readonly errors: Writable
  readonly signal: AbortSignal
  onResize(listener: (columns: number, rows: number) => void): void
  onSignal(listener: (name: 'SIGINT' | 'SIGTERM' | 'SIGKILL' | 'SIGHUP') => void): void
}
export type ChannelEnd = { readonly exit: number } | { readonly signal: string } | { readonly problem: Problem }
