import type { Problem } from '../../protocol/errors.ts'
import type { SourcePosition } from '../../protocol/source.ts'
import { entryOf, type YamlEntry, type YamlMap, type YamlNode } from '../yaml/node.ts'
import { parseYaml } from '../yaml/parse.ts'
import { RENAMED_ROLE_KEYS, RENAMED_STEP_KEYS, RENAMED_VERBS, type Renamed } from '../yaml/renamed.ts'
import { Findings } from '../yaml/shape.ts'
import { pathEdits, type TextEdit } from './migrate-expressions.ts'

/** A file with current names, and what could not be renamed in it. */
export interface MigratedText {
  readonly text: string
  readonly edits: readonly TextEdit[]
  readonly problems: readonly Problem[]
}

/**
 * Renames the keys, verbs and paths of earlier versions in one file of a fleet. Only the names change, so comments and layout
 * stay. Running it again changes nothing. Pure.
 */
export function migrateText(file: string, text: string): MigratedText {
  const findings = new Findings(text)
  const yaml = new YamlEditor(text, findings)
  const isTemplate = /^roles\/[^/]+\/templates\//.test(file)
  const isRole = /^roles\/[^/]+\/(?:role|states)\.yml$/.test(file)
  const isOther = file === 'fleet.yml' || /^runbooks\/[^/]+\.yml$/.test(file)
  if (!isTemplate && !isRole && !isOther) return { text, edits: [], problems: [] }
  const { root, problems } = isTemplate ? { root: undefined, problems: [] } : parseYaml(text, file)
  if (file.endsWith('/role.yml')) migrateRole(root, yaml)
  if (file.startsWith('runbooks/')) migrateRunbook(root, yaml)
  if (file === 'fleet.yml') migrateRights(root, yaml)
  const paths = isTemplate || isRole ? pathEdits(file, text, findings) : []
  const edits = [...yaml.edits, ...paths].sort((a, b) => a.offset - b.offset)
  return { text: applied(text, edits), edits, problems: [...problems, ...findings.problems] }
}

function applied(text: string, edits: readonly TextEdit[]): string {
  let from = 0
  let result = ''
  for (const { offset, old, now } of edits) {
    result += text.slice(from, offset) + now
    from = offset + old.length
  }
  return result + text.slice(from)
}

function migrateRole(root: YamlNode | undefined, yaml: YamlEditor): void {
  if (root?.kind !== 'map') return
  for (const entry of yaml.renameKeys(root, RENAMED_ROLE_KEYS)) {
    if (entry.key === 'ready') yaml.negate(entry)
  }
}

function migrateRunbook(root: YamlNode | undefined, yaml: YamlEditor): void {
  const steps = root?.kind === 'map' ? entryOf(root, 'steps')?.value : undefined
  for (const step of steps?.kind === 'list' ? steps.items : []) {
    if (step.kind === 'map') yaml.renameKeys(step, RENAMED_STEP_KEYS)
  }
}

function migrateRights(root: YamlNode | undefined, yaml: YamlEditor): void {
  const below = (node: YamlNode | undefined, key: string): YamlNode | undefined =>
    node?.kind === 'map' ? entryOf(node, key)?.value : undefined
  const items = (node: YamlNode | undefined): readonly YamlNode[] =>
    node === undefined ? [] : node.kind === 'list' ? node.items : [node]
  const operators = below(root, 'operators')
  for (const { value } of operators?.kind === 'map' ? operators.entries : []) {
    for (const right of items(below(value, 'rights'))) {
      for (const verb of items(below(right, 'verbs'))) {
        const now = verb.kind === 'scalar' ? RENAMED_VERBS.get(String(verb.value)) : undefined
        if (now !== undefined && verb.kind === 'scalar') yaml.replace(verb.position, String(verb.value), now)
      }
    }
  }
}

/** Collects edits of a YAML text at positions from the parser. */
class YamlEditor {
  readonly edits: TextEdit[] = []
  readonly #text: string
  readonly #findings: Findings
  readonly #lineStarts: readonly number[]

  constructor(text: string, findings: Findings) {
    this.#text = text
    this.#findings = findings
    this.#lineStarts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  }

  /** Renames the keys of one map, and returns the entries that had an old name. */
  renameKeys(map: YamlMap, renamed: Renamed): readonly YamlEntry[] {
    return map.entries.filter(entry => {
      const now = renamed.get(entry.key)
      if (now === undefined) return false
      if (entryOf(map, now) !== undefined) {
        this.#cannot(entry.keyPosition, `\`${entry.key}\` and \`${now}\` are both present`, 'Merge them by hand.')
        return false
      }
      this.replace(entry.keyPosition, entry.key, now)
      return true
    })
  }

  /** Inverts `true` and `false`. */
  negate({ key, value }: YamlEntry): void {
    if (value.kind === 'scalar' && typeof value.value === 'boolean') {
      this.replace(value.position, value.source, String(!value.value))
    } else {
      this.#cannot(value.position, `\`${key}\` must be \`true\` or \`false\``, 'Correct it, then migrate again.')
    }
  }

  /** Replaces a plain or quoted scalar and keeps its quotes. */
  replace(position: SourcePosition, old: string, now: string): void {
    const start = (this.#lineStarts[position.line - 1] ?? 0) + position.column - 1
    const offset = /["']/.test(this.#text[start] ?? '') ? start + 1 : start
    if (this.#text.startsWith(old, offset)) this.edits.push({ offset, old, now })
    else this.#cannot(position, `\`${old}\` is not written as a plain name here`, `Write \`${now}\` by hand.`)
  }

  #cannot(source: SourcePosition, message: string, hint: string): void {
    this.#findings.add({ code: 'MIGRATION_IMPOSSIBLE', message, hint, source })
  }
}
