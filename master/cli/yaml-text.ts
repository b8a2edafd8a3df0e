import { stringify } from 'yaml'

/** A value as YAML, with long texts on one line. In a module of its own: only the verbs that print YAML load the library. Pure. */
export function yamlText(value: object): string {
  return stringify(value, { lineWidth: 0 })
}
