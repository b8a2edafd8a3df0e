import type { Document } from './document.ts'

/** A document on its way. The same message may be brought twice after a crash: its id says that it is the same. */
export interface DeliveryMessage {
  readonly id: string
  /** When it was queued; names files, so that a second try writes the same one. */
  readonly at: Date
  readonly document: Document
}

/** A name without a path, of harmless characters. Pure. */
export function safeName(text: string): string {
  const name = text
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 80)
  return name === '' ? 'attachment' : name
}

/** `2026-11-21T030000Z-nightly-compliance-7k2m`: sorts by time, says what it is, and is no other message's. Pure. */
export function stemOf({ id, at, document }: DeliveryMessage): string {
  const time = at
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '')
  const words = safeName(document.subject.toLowerCase())
    .replaceAll(/[._-]+/g, '-')
    .slice(0, 60)
  return `${time}-${words.replace(/-$/, '')}-${id.slice(-4)}`
}
