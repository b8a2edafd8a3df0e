import { stringify } from 'yaml'

/**
 * Formats a value as YAML without wrapping long texts. A separate module, so that only verbs that print YAML load the library.
 * Pure.
 */
export function yamlText(value: object): string {
  return stringify(value, { lineWidth: 0 })
}
