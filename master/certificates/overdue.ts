/** When a certificate was issued and until when it is valid; ISO 8601. */
interface Lifetime {
  readonly issuedAt: string
  readonly notAfter: string
}

const WEEK_MS = 7 * 86_400_000

/**
 * True for a certificate that applies should have renewed: they do so when a third of its lifetime is left, so half of that, or a
 * week, is late. Pure.
 */
export function isOverdue({ issuedAt, notAfter }: Lifetime, nowMs: number): boolean {
  const end = Date.parse(notAfter)
  return end - nowMs < Math.min(WEEK_MS, (end - Date.parse(issuedAt)) / 6)
}
