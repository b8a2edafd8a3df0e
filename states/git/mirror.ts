import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { absolutePath, flag, word } from '../kinds.ts'
import { pathTaken } from '../lib/file-plan.ts'
import { accountName } from '../name-kinds.ts'
import { required, withDefault } from '../params.ts'
import type { FileStatus } from '../system.ts'

interface Current {
  readonly status: FileStatus | undefined
  /** Settings by lower-case name; a repeated setting has its values in order. */
  readonly settings: ReadonlyMap<string, readonly string[]>
}

export const gitMirror = defineState({
  name: 'git.mirror',
  summary:
    'Creates a bare git repository that mirrors another one: `git fetch` in it copies all refs. This state does not fetch.',
  nameKind: absolutePath(),
  params: {
    url: required(
      word('a URL or path that git can fetch from', /^[^-\s][^\s]*$/),
      'URL of the repository to mirror. Cannot contain secrets.',
    ),
    user: withDefault(accountName('user'), 'root', 'Owner of the repository.'),
    prune: withDefault(flag(), true, 'Delete refs that no longer exist in the other repository when fetching.'),
  },
  owns: ({ name }) => `file:${name}`,
  async read(system, { name, user }): Promise<Current> {
    const status = await system.stat(name)
    if (status?.kind !== 'directory') return { status, settings: new Map() }
    const { stdout } = await system.query(['git', '-C', name, 'config', '--local', '--null', '--list'], { user })
    return { status, settings: parseSettings(stdout) }
  },
  plan({ name, url, user, prune }, { status, settings }) {
    if (status !== undefined && status.kind !== 'directory') throw pathTaken(name, 'a git repository', status)
    const actions: Action[] = []
    if (settings.get('core.bare')?.at(-1) !== 'true') {
      const argv = ['git', 'init', '--quiet', '--bare', '--', name]
      actions.push({ do: 'run', summary: `create the repository ${name}`, argv, user })
    }
    const wanted = { 'remote.origin.url': url, 'remote.origin.fetch': '+refs/*:refs/*', 'fetch.prune': String(prune) }
    for (const [key, value] of Object.entries(wanted)) {
      const now = settings.get(key) ?? []
      if (now.length === 1 && now[0] === value) continue
      const argv = ['git', '-C', name, 'config', '--local', '--replace-all', key, value]
      actions.push({ do: 'run', summary: `set ${key} to ${value}`, argv, user })
    }
    return actions
  },
})

/** Parses `git config --null --list`: a name, a newline, a value. Pure. */
function parseSettings(text: string): ReadonlyMap<string, readonly string[]> {
  const settings = new Map<string, string[]>()
  for (const entry of text.split('\0')) {
    const at = entry.indexOf('\n')
    if (at < 0) continue
    const key = entry.slice(0, at)
    settings.set(key, [...(settings.get(key) ?? []), entry.slice(at + 1)])
  }
  return settings
}
