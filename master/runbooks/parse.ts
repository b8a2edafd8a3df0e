import { AppError } from '../../protocol/errors.ts'
import { parseSaved } from '../target/parse.ts'
import { decimalOf } from '../yaml/decimal.ts'
import { entryOf, nameOfNode, type YamlMap, type YamlNode } from '../yaml/node.ts'
import { parseYaml } from '../yaml/parse.ts'
import { RENAMED_STEP_KEYS } from '../yaml/renamed.ts'
import { Findings } from '../yaml/shape.ts'
import { suggest } from '../yaml/suggest.ts'
import type { Program, Runbook, RunbookParam, Step, Work } from './runbook.ts'

const PROGRAM_KEYS = ['on', 'run', 'stdin', 'user', 'timeout', 'within', 'expect', 'register']
const WORK_KEYS = ['require', 'confirm', 'run', 'allocation', 'apply'] as const
const STEP_KEYS = ['name', 'each', 'as', 'when', 'final', 'undo', 'readers_of', 'to', ...WORK_KEYS, ...PROGRAM_KEYS]
const DEFAULT_TIMEOUT = 60

/** Parses a runbook, with all problems of its file. Pure. */
export function parseRunbook(name: string, text: string): Runbook {
  const file = `runbooks/${name}.yml`
  const { root, problems } = parseYaml(text, file)
  const findings = new Findings(text)
  const map = findings.map(root, file)
  if (map !== undefined) findings.only(map, ['summary', 'params', 'steps'], file)
  const of = (key: string): YamlNode | undefined => (map === undefined ? undefined : entryOf(map, key)?.value)
  const params = (findings.map(of('params'), '`params`')?.entries ?? []).flatMap(({ key, value }) => {
    return parseParam(key, value, findings)
  })
  const list = of('steps')
  if (list?.kind !== 'list' || list.items.length === 0) {
    const position = list?.position ?? map?.position ?? { file, line: 1, column: 1 }
    findings.invalid(
      position,
      '`steps` must be a list of steps',
      'For example, write `- {name: ..., on: db1, run: [true]}`.',
    )
  }
  const steps = list?.kind === 'list' ? list.items.flatMap(item => parseStep(item, findings)) : []
  const summary = findings.text(of('summary'), '`summary`') ?? ''
  return { name, summary, params, steps, problems: [...problems, ...findings.problems] }
}

function parseParam(name: string, node: YamlNode, findings: Findings): readonly RunbookParam[] {
  const map = findings.map(node, `the parameter \`${name}\``)
  if (map === undefined) return []
  findings.only(map, ['type', 'help', 'default'], `the parameter \`${name}\``)
  const text = (key: string): string | undefined => findings.text(entryOf(map, key)?.value, `\`${key}\``)
  const type = text('type') ?? 'text'
  if (type !== 'minion' && type !== 'text') {
    findings.invalid(node.position, `the type of \`${name}\` is \`minion\` or \`text\`, got \`${type}\``)
    return []
  }
  return [{ name, type, help: text('help') ?? '', default: text('default') }]
}

function parseStep(node: YamlNode, findings: Findings): readonly Step[] {
  const map = findings.map(node, 'a step')
  if (map === undefined) return []
  findings.only(map, STEP_KEYS, 'a step', RENAMED_STEP_KEYS)
  const of = (key: string): YamlNode | undefined => entryOf(map, key)?.value
  const name = of('name')
  const work = parseWork(map, findings)
  if (name === undefined) findings.invalid(map.position, 'a step needs a `name`', 'Say what it does, in a few words.')
  if (name === undefined || work === undefined) return []
  const undo = findings.map(of('undo'), '`undo`')
  if (undo !== undefined) findings.only(undo, PROGRAM_KEYS, '`undo`')
  return [
    {
      name,
      position: map.position,
      each: of('each'),
      as: findings.text(of('as'), '`as`') ?? 'item',
      when: of('when'),
      final: isTrue(of('final'), '`final`', findings),
      work,
      undo: undo === undefined ? undefined : parseProgram(undo, findings, of('on')),
    },
  ]
}

function namesOf(keys: readonly string[]): string {
  return keys.map(key => `\`${key}\``).join(', ')
}

function parseWork(map: YamlMap, findings: Findings): Work | undefined {
  const of = (key: string): YamlNode | undefined => entryOf(map, key)?.value
  const kinds = WORK_KEYS.filter(key => of(key) !== undefined)
  const [kind, ...others] = kinds
  const node = kind === undefined ? undefined : of(kind)
  if (kind === undefined || node === undefined || others.length > 0) {
    // An unknown key that looks like one of these is a problem of its own.
    const isMistyped = map.entries.some(({ key }) => !STEP_KEYS.includes(key) && suggest(key, WORK_KEYS) !== undefined)
    if (kinds.length > 0 || !isMistyped) {
      const got = kinds.length === 0 ? 'none' : namesOf(kinds)
      findings.invalid(map.position, `a step has exactly one of ${namesOf(WORK_KEYS)}; this one has ${got}`)
    }
    return undefined
  }
  switch (kind) {
    case 'require':
      return { kind, holds: node }
    case 'confirm':
      return { kind, text: node }
    case 'allocation': {
      const role = findings.text(node, '`allocation`')
      const to = of('to')
      if (to === undefined)
        findings.invalid(node.position, '`allocation` needs `to`', 'For example, write `to: "{{params.to.id}}"`.')
      return role === undefined || to === undefined ? undefined : { kind, role, to }
    }
    case 'apply':
      checkTarget(node, findings)
      return { kind, target: node, readersOf: findings.texts(of('readers_of'), '`readers_of`') }
    case 'run': {
      const program = parseProgram(map, findings, undefined)
      return program === undefined ? undefined : { kind, program }
    }
    default:
      return kind satisfies never
  }
}

/** A target with expressions is checked when the runbook starts, and is known to be text only then. */
function checkTarget(node: YamlNode, findings: Findings): void {
  if (node.kind !== 'scalar' || typeof node.value !== 'string' || node.value.includes('{{')) return
  try {
    // Which groups there are is not known here.
    parseSaved(node.value, undefined)
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    for (const { message, hint } of thrown.problems) findings.invalid(node.position, `\`apply\`: ${message}`, hint)
  }
}

/** `on`: the minion when the map itself does not name one. */
function parseProgram(map: YamlMap, findings: Findings, on: YamlNode | undefined): Program | undefined {
  const of = (key: string): YamlNode | undefined => entryOf(map, key)?.value
  const run = of('run')
  const where = of('on') ?? on
  if (run?.kind !== 'list' || run.items.length === 0 || where === undefined) {
    const hint = 'For example, write `on: db1` and `run: [mariadb, -e, select 1]`.'
    findings.invalid(map.position, '`on` must be a minion, and `run` a list of program and arguments', hint)
    return undefined
  }
  const expect = findings.map(of('expect'), '`expect`')
  if (expect !== undefined) findings.only(expect, ['exit', 'stdout'], '`expect`')
  const wanted = (key: string): YamlNode | undefined => (expect === undefined ? undefined : entryOf(expect, key)?.value)
  return {
    on: where,
    run,
    stdin: of('stdin'),
    user: of('user'),
    timeoutSeconds: numberOf(of('timeout'), DEFAULT_TIMEOUT, '`timeout`', findings),
    withinSeconds: numberOf(of('within'), 0, '`within`', findings),
    expect: { exit: numberOf(wanted('exit'), 0, '`exit`', findings), stdout: wanted('stdout') },
    register: findings.text(of('register'), '`register`'),
  }
}

function numberOf(node: YamlNode | undefined, preset: number, what: string, findings: Findings): number {
  if (node === undefined) return preset
  const value = node.kind === 'scalar' ? decimalOf(node.value) : undefined
  if (typeof value === 'number' && value >= 0 && value <= 3600) return value
  findings.invalid(node.position, `${what} must be a number from 0 to 3600, got ${nameOfNode(node)}`)
  return preset
}

function isTrue(node: YamlNode | undefined, what: string, findings: Findings): boolean {
  if (node === undefined) return false
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value
  findings.invalid(node.position, `${what} must be \`true\` or \`false\`, got ${nameOfNode(node)}`)
  return false
}
