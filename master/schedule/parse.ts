import { parseDuration } from '../../protocol/duration.ts'
import { AppError, type Problem } from '../../protocol/errors.ts'
import type { JsonObject } from '../../protocol/json.ts'
import { parseSaved } from '../target/parse.ts'
import { entryOf, nameOfNode, type YamlMap, type YamlNode } from '../yaml/node.ts'
import { parseYaml } from '../yaml/parse.ts'
import { Findings, jsonOf } from '../yaml/shape.ts'
import { suggest } from '../yaml/suggest.ts'
import { explainCron, explainTimezone } from './cron.ts'
import {
  type Highstate,
  MISSED,
  OVERLAPS,
  SCHEDULE_FILE,
  SCHEDULED_VERBS,
  type ScheduleEntry,
  type ScheduleFile,
} from './entry.ts'
import { parseRecipients } from './parse-recipients.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const ENTRY_KEYS = [
  'cron',
  'timezone',
  'verb',
  'target',
  'splay',
  'overlap',
  'missed',
  'within',
  'options',
  'recipients',
  'enabled',
]

/** Parses schedule.yml and collects all of its problems. An empty text is an empty schedule. Pure. */
export function parseSchedule(text: string): {
  readonly schedule: ScheduleFile
  readonly problems: readonly Problem[]
} {
  const { root, problems } = parseYaml(text, SCHEDULE_FILE)
  const findings = new Findings(text)
  const empty = root === undefined || (root.kind === 'scalar' && root.value === null)
  const top = empty ? undefined : findings.map(root, SCHEDULE_FILE)
  if (top !== undefined) findings.only(top, ['schedules', 'deliver', 'highstate'], SCHEDULE_FILE)
  const of = (name: string): YamlNode | undefined => (top === undefined ? undefined : entryOf(top, name)?.value)
  const recipients = parseRecipients(of('deliver'), findings)
  const highstate = parseHighstate(of('highstate'), findings)
  const schedules = findings.map(of('schedules'), '`schedules`')
  const entries = (schedules?.entries ?? []).flatMap(({ key, keyPosition, value }) => {
    if (!/^[a-z][a-z0-9-]{0,39}$/.test(key)) {
      findings.invalid(keyPosition, `a schedule name must be up to 40 of a-z, 0-9 and \`-\`, got \`${key}\``)
      return []
    }
    const body = findings.map(value, `\`${key}\``)
    return body === undefined ? [] : [parseEntry(key, body, new EntryReader(findings), [...recipients.keys()])]
  })
  return {
    schedule: { entries, recipients, ...(highstate === undefined ? {} : { highstate }) },
    problems: [...problems, ...findings.problems],
  }
}

function parseEntry(name: string, body: YamlMap, reader: EntryReader, recipients: readonly string[]): ScheduleEntry {
  const { findings } = reader
  const of = (key: string): YamlNode | undefined => entryOf(body, key)?.value
  const what = `\`${name}\``
  findings.only(body, ENTRY_KEYS, what)
  for (const key of ['cron', 'verb', 'target']) {
    if (of(key) === undefined) findings.invalid(body.position, `${what} needs \`${key}\``, EXAMPLES[key])
  }
  const options = findings.map(of('options'), '`options`')
  const splayMs = reader.duration(of('splay'), '`splay`', { least: 0, most: DAY }) ?? 0
  return {
    name,
    cron: reader.cron(of('cron')),
    timezone: reader.timezone(of('timezone')),
    verb: reader.oneOf(of('verb'), '`verb`', SCHEDULED_VERBS) ?? 'test',
    target: reader.target(of('target')),
    splayMs,
    overlap: reader.oneOf(of('overlap'), '`overlap`', OVERLAPS) ?? 'skip',
    missed: reader.oneOf(of('missed'), '`missed`', MISSED) ?? 'once',
    withinMs: reader.duration(of('within'), '`within`', { least: MINUTE, most: 7 * DAY }) ?? 6 * 60 * MINUTE,
    options: options === undefined ? {} : (jsonOf(options) as JsonObject),
    recipients: reader.recipients(of('recipients'), recipients),
    enabled: reader.flag(of('enabled'), '`enabled`') ?? true,
    position: body.position,
  }
}

const EXAMPLES: { readonly [key: string]: string } = {
  cron: 'For example, write `cron: "30 1 * * *"`: every day at 01:30.',
  verb: 'For example, write `verb: test`.',
  target: 'For example, write `target: level=production`, or `target: "*"`.',
}

function parseHighstate(node: YamlNode | undefined, findings: Findings): Highstate | undefined {
  const body = findings.map(node, '`highstate`')
  if (body === undefined) return undefined
  const reader = new EntryReader(findings)
  findings.only(body, ['every', 'splay'], '`highstate`')
  const every = entryOf(body, 'every')?.value
  if (every === undefined)
    findings.invalid(body.position, '`highstate` needs `every`', 'For example, write `every: 1h`.')
  const everyMs = reader.duration(every, '`every`', { least: 10_000, most: 30 * DAY })
  const splayMs = reader.duration(entryOf(body, 'splay')?.value, '`splay`', { least: 0, most: DAY }) ?? 0
  return everyMs === undefined ? undefined : { everyMs, splayMs }
}

/** Reads the kinds of value of an entry; for an invalid one, adds a problem and returns undefined or a harmless value. */
class EntryReader {
  readonly findings: Findings

  constructor(findings: Findings) {
    this.findings = findings
  }

  cron(node: YamlNode | undefined): string {
    const cron = this.findings.text(node, '`cron`')
    const wrong = cron === undefined ? undefined : explainCron(cron)
    if (node !== undefined && wrong !== undefined) {
      this.findings.invalid(node.position, `\`${cron}\` is not a cron expression: ${wrong}`, EXAMPLES['cron'])
    }
    return cron === undefined || wrong !== undefined ? '0 0 1 1 *' : cron
  }

  timezone(node: YamlNode | undefined): string {
    const zone = this.findings.text(node, '`timezone`') ?? 'UTC'
    const wrong = explainTimezone(zone)
    if (node === undefined || wrong === undefined) return zone
    const hint =
      wrong.near === undefined ? 'For example, write `Europe/London` or `UTC`.' : `Did you mean \`${wrong.near}\`?`
    this.findings.invalid(node.position, `there is no time zone \`${zone}\``, hint)
    return 'UTC'
  }

  target(node: YamlNode | undefined): string {
    const words = this.findings.text(node, '`target`')
    if (node === undefined || words === undefined) return '*'
    try {
      // Which groups there are is not known here.
      parseSaved(words, undefined)
      if (words.length > 1000) this.findings.invalid(node.position, 'a target has at most 1000 characters')
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown
      for (const { code, message, hint } of thrown.problems) {
        this.findings.add({ code, message, source: node.position, ...(hint === undefined ? {} : { hint }) })
      }
    }
    return words
  }

  oneOf<Word extends string>(node: YamlNode | undefined, what: string, words: readonly Word[]): Word | undefined {
    const text = this.findings.text(node, what)
    if (node === undefined || text === undefined) return undefined
    const found = words.find(word => word === text)
    if (found !== undefined) return found
    const near = suggest(text, words)
    const hint = near === undefined ? undefined : `Did you mean \`${near}\`?`
    this.findings.invalid(node.position, `${what} must be one of ${words.join(', ')}, got \`${text}\``, hint)
    return undefined
  }

  duration(
    node: YamlNode | undefined,
    what: string,
    { least, most }: { readonly least: number; readonly most: number },
  ): number | undefined {
    if (node === undefined) return undefined
    const zero = node.kind === 'scalar' && node.value === 0
    const text = zero ? '0s' : this.findings.text(node, what)
    if (text === undefined) return undefined
    const milliseconds = parseDuration(text)
    if (milliseconds !== undefined && milliseconds >= least && milliseconds <= most) return milliseconds
    const shown = (value: number): string => (value % DAY === 0 && value > 0 ? `${value / DAY}d` : `${value / 1000}s`)
    this.findings.invalid(
      node.position,
      `${what} must be a time from ${shown(least)} to ${shown(most)}, got \`${text}\``,
      'Write a number and s, m, h or d, for example `10m`.',
    )
    return undefined
  }

  flag(node: YamlNode | undefined, what: string): boolean | undefined {
    if (node === undefined) return undefined
    if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value
    this.findings.invalid(node.position, `${what} must be true or false, got ${nameOfNode(node)}`)
    return undefined
  }

  recipients(node: YamlNode | undefined, known: readonly string[]): readonly string[] {
    const items = node === undefined ? [] : node.kind === 'list' ? node.items : [node]
    if (node !== undefined && items.length > 20) {
      this.findings.invalid(node.position, `at most 20 recipients, got ${items.length}`)
    }
    return items.flatMap(item => {
      const name = this.findings.text(item, 'each of `recipients`')
      if (name === undefined || known.includes(name)) return name ?? []
      const near = suggest(name, known)
      const list = known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`
      const hint = near === undefined ? 'Write it under `deliver`.' : `Did you mean \`${near}\`?`
      this.findings.invalid(item.position, `\`deliver\` has no \`${name}\`; ${list}`, hint)
      return []
    })
  }
}
