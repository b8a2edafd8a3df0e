import type { Document } from './document.ts'

/** A document to deliver. After a crash it can be delivered twice; its id identifies the duplicate. */
export interface DeliveryMessage {
  readonly id: string
  /** Time when it was queued; part of file names, so that a retry writes the same file. */
  readonly at: Date
  readonly document: Document
}

/** Makes a file name without a path, from safe characters. Pure. */
export function safeName(text: string): string {
  const name = text
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 80)
  return name === '' ? 'attachment' : name
}

/**
 * Builds a file name stem such as `2026-11-21T030000Z-nightly-compliance-7k2m`: sortable by time, descriptive and unique. Pure.
 */
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
