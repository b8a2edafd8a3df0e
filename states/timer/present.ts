import { AppError } from '../../protocol/errors.ts'
import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { absolutePath, argvList, flag, integer, listOf, mapOf, orNumber, text, word } from '../kinds.ts'
import { type FileLook, lookAtFile, planFile } from '../lib/file-plan.ts'
import { type Job, jobFiles } from '../lib/timer-units.ts'
import { needsReload } from '../lib/unit-file.ts'
import { accountName } from '../name-kinds.ts'
import { optional, required, withDefault } from '../params.ts'
import type { SystemReader } from '../system.ts'

interface Current {
  readonly files: readonly FileLook[]
  readonly stale: boolean
  readonly active: string
  readonly enabled: string
  /** A time that systemd does not accept, with its message. */
  readonly wrongTime: string | undefined
}

export const timerPresent = defineState({
  name: 'timer.present',
  summary:
    'Runs a program at set times with a systemd timer. Runs never overlap and have a time limit; output goes to the journal.',
  nameKind: word('a name without `.timer`', /^[A-Za-z0-9:_.@-]+(?<!\.timer)$/),
  params: {
    cmd: required(argvList(), 'Program and arguments. Cannot contain secrets.'),
    on_calendar: required(
      listOf(word('a time as systemd.time(7) writes it', /^\S[^\n]*$/)),
      'Times to run, such as `daily` or `Mon 04:10`.',
    ),
    user: withDefault(accountName('user'), 'root', 'User that runs the program.'),
    splay: withDefault(
      integer(0, 86_400),
      0,
      'Seconds over which the start is spread; each host has its own fixed offset.',
    ),
    max_seconds: withDefault(
      integer(1, 604_800),
      3600,
      'Time limit in seconds; then the program and its children are killed.',
    ),
    persistent: withDefault(flag(), true, 'Run after boot if a scheduled time was missed.'),
    env: optional(mapOf(orNumber(text())), 'Environment variables. Cannot contain secrets.'),
    cwd: optional(absolutePath(), 'Working directory.'),
  },
  owns: ({ name }) => `service:${name}.timer`,
  opposite: ({ name }) => ({ type: 'timer.absent', params: { name } }),
  async read(system, params): Promise<Current> {
    const files = jobFiles(params.name, jobOf(params))
    const looks = await Promise.all(files.map(({ path, content }) => lookAtFile(system, path, content)))
    const { active, enabled } = await system.unitStatus(`${params.name}.timer`)
    const stale = await Promise.all(
      [`${params.name}.service`, `${params.name}.timer`].map(unit => needsReload(system, unit)),
    )
    const isNew = looks.some(({ same }) => !same)
    return {
      files: looks,
      stale: stale.includes(true),
      active,
      enabled,
      wrongTime: isNew ? await wrongTime(system, params.on_calendar) : undefined,
    }
  },
  plan(params, { files, stale, active, enabled, wrongTime: wrong }) {
    if (wrong !== undefined) {
      throw new AppError({
        code: 'PARAM_INVALID',
        message: `timer.present: \`on_calendar\` of \`${params.name}\` has a time that systemd does not understand: ${wrong}`,
        hint: 'Try it on the host: `systemd-analyze calendar "Mon 04:10"`.',
      })
    }
    const unit = `${params.name}.timer`
    const owned = { mode: '0644', user: 'root', group: 'root', showDiff: true }
    const written = jobFiles(params.name, jobOf(params)).flatMap((file, index) => {
      return planFile({ ...file, ...owned }, files[index] ?? { status: undefined, same: false })
    })
    const isNew = written.some(action => action.do === 'write-file')
    const actions: Action[] = [...written]
    if (isNew || stale) actions.push({ do: 'daemon-reload' })
    if (enabled !== 'enabled') actions.push({ do: 'unit', unit, verb: 'enable' })
    const rewritten = written.some(action => action.do === 'write-file' && action.path.endsWith('.timer'))
    if (active !== 'active') actions.push({ do: 'unit', unit, verb: 'start' })
    else if (rewritten) actions.push({ do: 'unit', unit, verb: 'restart' })
    return actions
  },
})

/** Finds an invalid time before anything is written: such a timer would be enabled but never start. */
async function wrongTime(system: SystemReader, times: readonly string[]): Promise<string | undefined> {
  for (const time of times) {
    const { exitCode, stdout, stderr } = await system.query(['systemd-analyze', 'calendar', '--', time])
    if (exitCode !== 0) return `\`${time}\` (${(stderr.trim() || stdout.trim()).split('\n')[0]})`
  }
  return undefined
}

function jobOf(params: {
  readonly cmd: readonly string[]
  readonly on_calendar: readonly string[]
  readonly user: string
  readonly splay: number
  readonly max_seconds: number
  readonly persistent: boolean
  readonly env: { readonly [name: string]: string } | undefined
  readonly cwd: string | undefined
}): Job {
  const { cmd, on_calendar: times, user, splay, max_seconds: seconds, persistent, env = {}, cwd } = params
  return { cmd, times, user, splay, seconds, persistent, env, cwd }
}
