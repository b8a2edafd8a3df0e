import { secretHider } from '../../protocol/hide-secrets.ts'

/**
 * Hides secret values in every text of a value, however deep and in whatever form. The second net; the first is the Secret
 * type. Pure.
 */
export function scrubber(secrets: readonly string[]): <T>(value: T) => T {
  const hide = secretHider(secrets)
  const scrub = (value: unknown): unknown => {
    if (typeof value === 'string') return hide(value)
    if (Array.isArray(value)) return value.map(scrub)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, scrub(item)]))
  }
  return <T>(value: T): T => (secrets.length === 0 ? value : (scrub(value) as T))
}
