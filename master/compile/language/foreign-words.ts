/** A word of Ansible or Salt that does not exist here, and what to write instead. */
export interface ForeignWord {
  readonly tool: 'Ansible' | 'Salt'
  /** `state`: a module or state; `argument`: a word inside or beside one. */
  readonly kind: 'state' | 'argument'
  /** One or two sentences; starts with an imperative. */
  readonly hint: string
}

type Row = readonly [words: string, hint: string]

const WHOLE_FILE = 'Own the whole file with `file.managed`, or a marked block of it with `file.blockreplace`.'
const EACH = 'Use `each: "{{pillar.app.list}}"` and `as: item` next to the state type.'
const HANDLER =
  'List it at the service: `watch: [{file: /etc/app.conf}]`. For a program use `cmd.run` with `onchanges`.'
const SERVICE = 'Use `service.running`, with `watch` for what restarts it and `reload: true`; `service.dead` stops it.'
const PACKAGE = 'Use `pkg.installed: {pkgs: [...]}`, or `pkg.removed`.'
const SOURCES = 'Write the `.sources` file with `file.managed`, and the key below /etc/apt/keyrings.'
const UNPACK = 'Use `file.downloaded`, then `cmd.run` with `[tar, ...]` and `creates`.'
const REUSE = 'Make it a role, and name it in role.yml: `include: [other]`.'
const CRON = 'Use `timer.present` with `cmd` and `on_calendar`; it makes a systemd timer.'
const PORTS = 'Include the role `firewall`, and declare ports in role.yml: `contract: {ports: {public: [443/tcp]}}`.'
const ASK = 'Use a guard of the state: `onlyif: [test, -e, /path]`, `unless` or `creates`.'
const CHECK = 'Declare it under `checks:` in role.yml, with `run`, `expect` and `retries`.'

const ANSIBLE_STATES: readonly Row[] = [
  ['template', 'Use `file.managed` with `source: templates/NAME.hbs`.'],
  ['copy', 'Use `file.managed` with `source: files/NAME` or `contents`.'],
  ['file', 'Use `file.directory`, `file.symlink`, `file.managed` or `file.absent`.'],
  ['lineinfile', WHOLE_FILE],
  ['replace', WHOLE_FILE],
  ['blockinfile', 'Use `file.blockreplace`.'],
  ['ini_file', WHOLE_FILE],
  ['get_url', 'Use `file.downloaded` with `url` and `sha256`.'],
  ['unarchive', UNPACK],
  ['git', 'Use `cmd.run: {cmd: [git, clone, URL, /path], creates: /path/.git}`, or `git.mirror` for a bare copy.'],
  ['synchronize', 'Use one `file.managed` for each file, with `each`.'],
  ['apt', PACKAGE],
  ['package', PACKAGE],
  ['apt_repository', SOURCES],
  ['apt_key', SOURCES],
  ['service', SERVICE],
  ['systemd', SERVICE],
  ['systemd_service', SERVICE],
  ['user', 'Use `user.present` or `user.absent`.'],
  ['group', 'Use `group.present` or `group.absent`.'],
  ['authorized_key', 'Use `ssh_auth.present`, or `ssh_auth.exclusive` for all keys of a user.'],
  ['cron', CRON],
  ['mount', 'Use `mount.mounted`.'],
  ['sysctl', 'Use `sysctl.present`.'],
  ['timezone', 'Use `file.symlink` for /etc/localtime.'],
  ['ufw', PORTS],
  ['iptables', PORTS],
  ['mysql_db', 'Use `mysql_database.present`.'],
  ['mysql_user', 'Use `mysql_user.present`, and `mysql_grants.present` for its rights.'],
  ['mysql_replication', 'Use `mysql_replica.configured`.'],
  ['command', 'Use `cmd.run` with `cmd: [program, argument]`.'],
  ['shell', 'Use `cmd.run` with `shell: true`.'],
  ['script', 'Write it with `file.managed`, then run it with `cmd.run`.'],
  ['include_role', REUSE],
  ['import_role', REUSE],
  ['include_tasks', REUSE],
  ['import_tasks', REUSE],
  ['set_fact', 'Write the expression where it is needed, or as a `default` of a pillar key in role.yml.'],
  ['include_vars', 'Put the values into a pillar file, and name it in pillar/top.yml.'],
  ['stat', ASK],
  ['assert', CHECK],
  ['fail', CHECK],
  ['uri', CHECK],
  ['wait_for', CHECK],
  ['debug', 'Use `master render MINION`: it shows every value of a catalog.'],
  ['pause', 'Use a runbook: docs/runbooks.md.'],
]

const SALT_STATES: readonly Row[] = [
  ['file.append', WHOLE_FILE],
  ['file.prepend', WHOLE_FILE],
  ['file.replace', WHOLE_FILE],
  ['file.line', WHOLE_FILE],
  ['file.comment', WHOLE_FILE],
  ['file.uncomment', WHOLE_FILE],
  ['file.recurse', 'Use one `file.managed` for each file, with `each`.'],
  ['file.copy', 'Use `file.managed` with `source: files/NAME`.'],
  ['file.exists', 'Require the state that makes it; a guard is `onlyif: [test, -e, /path]`.'],
  ['cmd.wait', 'Use `cmd.run` with `onchanges`.'],
  ['cmd.script', 'Write it with `file.managed`, then run it with `cmd.run`.'],
  ['pkg.latest', 'Name the version: `pkg.installed: {version: "1.2-3"}`. The role `base` installs security updates.'],
  ['pkg.purged', 'Use `pkg.removed` with `purge: true`.'],
  ['pkgrepo.managed', SOURCES],
  ['service.enabled', 'Use `service.running`, which enables it too.'],
  ['service.disabled', 'Use `service.dead`, which disables it too.'],
  ['cron.present', CRON],
  ['cron.absent', 'Use `timer.absent`, or `file.absent` for a file below /etc/cron.d.'],
  ['host.present', 'Use `file.blockreplace` on /etc/hosts; the role `base` does it from `base.hosts`.'],
  ['ssh_known_hosts.present', 'Use `file.managed` on /etc/ssh/ssh_known_hosts.'],
  ['archive.extracted', UNPACK],
  [
    'git.latest',
    'Use `cmd.run: {cmd: [git, clone, URL, /path], creates: /path/.git}`, or `git.mirror` for a bare copy.',
  ],
  ['pip.installed', 'Use `cmd.run: {cmd: [/opt/app/bin/pip, install, NAME], creates: ...}`.'],
  ['npm.installed', 'Use `cmd.run` with `[npm, ci]` and `creates`.'],
  ['alternatives.install', 'Use `cmd.run` with `[update-alternatives, ...]` and `unless`.'],
  ['module.run', 'Use `cmd.run`.'],
]

const ANSIBLE_ARGUMENTS: readonly Row[] = [
  ['notify', HANDLER],
  ['handlers', HANDLER],
  ['register', 'Use a guard (`onlyif`, `unless`), or `value.read` with `export` for other minions.'],
  ['loop', EACH],
  ['with_items', EACH],
  ['with_dict', EACH],
  ['become', 'Leave it out: the minion is root. `cmd.run` takes `user`.'],
  ['become_user', 'Use `user` of `cmd.run`.'],
  ['delegate_to', 'Use a runbook (docs/runbooks.md), or an export that the other minion reads.'],
  ['run_once', 'Make it a role with `singleton: true`.'],
  ['ignore_errors', 'Name the exit codes that are fine: `success_retcodes` of `cmd.run`.'],
  ['failed_when', 'Name the exit codes that are fine: `success_retcodes` of `cmd.run`.'],
  ['changed_when', 'Use a guard: `unless`, `onlyif` or `creates`.'],
  ['tags', 'Leave it out: an apply is always of the whole catalog. Split the role instead.'],
  ['environment', 'Use `env`.'],
  ['vars', 'Put the values into pillar, or `vars` of the minion in inventory.yml.'],
  ['owner', 'Use `user`.'],
  ['src', 'Use `source`.'],
  ['dest', 'Use `name`, or write the path as the id of the state.'],
  ['path', 'Use `name`, or write the path as the id of the state.'],
  ['content', 'Use `contents`.'],
  ['validate', 'Use `check_cmd: [program, "{path}"]`.'],
  ['state', 'Leave it out: the state type says it, for example `pkg.removed` or `service.running`.'],
  ['enabled', 'Use `enable`.'],
  ['daemon_reload', 'Leave it out: units are read again when one has changed.'],
  ['update_cache', 'Use `refresh` of `pkg.installed`.'],
  ['chdir', 'Use `cwd`.'],
]

const SALT_ARGUMENTS: readonly Row[] = [
  ['listen', 'Use `watch`: it acts right after the change.'],
  ['listen_in', 'Use `watch_in`: it acts right after the change.'],
  ['onfail', 'Use a runbook with `undo` (docs/runbooks.md); a failed state blocks what requires it.'],
  ['prereq', 'Use `onlyif` or `unless`, or a runbook for steps in order (docs/runbooks.md).'],
  ['names', EACH],
  ['use', 'Write the arguments out, or use `each`.'],
  ['retry', 'Put `retries` and `interval` at a check of role.yml.'],
  ['runas', 'Use `user`.'],
  ['template', 'Leave it out: `source: templates/NAME.hbs` is rendered, `source: files/NAME` is not.'],
  ['context', 'Leave it out: a template sees pillar, grains and the loop variable.'],
  ['defaults', 'Give pillar keys a `default` in role.yml.'],
  ['dir_mode', 'Declare the directory with `file.directory`.'],
]

/** Keyed by `kind word`. */
const WORDS: ReadonlyMap<string, ForeignWord> = new Map([
  ...rowsOf('Ansible', 'state', ANSIBLE_STATES),
  ...rowsOf('Salt', 'state', SALT_STATES),
  ...rowsOf('Ansible', 'argument', ANSIBLE_ARGUMENTS),
  ...rowsOf('Salt', 'argument', SALT_ARGUMENTS),
])

function rowsOf(tool: 'Ansible' | 'Salt', kind: ForeignWord['kind'], rows: readonly Row[]) {
  return rows.map(([word, hint]) => [`${kind} ${word}`, { tool, kind, hint }] as const)
}

/** Lists all words with their hints, for the docs. Pure. */
export function foreignWords(): readonly (ForeignWord & { readonly word: string })[] {
  return [...WORDS].map(([key, one]) => ({ ...one, word: key.slice(one.kind.length + 1) }))
}

/**
 * Suggests what to write instead of a state type, including `community.general.ufw` and the like; undefined for an unknown one.
 * Pure.
 */
export function hintForState(type: string): string | undefined {
  const short = /^(?:ansible|community)\.[a-z_]+\.([a-z_]+)$/.exec(type)?.[1] ?? type
  return (WORDS.get(`state ${short}`) ?? WORDS.get(`argument ${short}`))?.hint
}

/** Suggests what to write instead of an argument; undefined for an unknown one. Pure. */
export function hintForArgument(name: string): string | undefined {
  return WORDS.get(`argument ${name}`)?.hint
}

const NAMES: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [/^item$/, 'Write `each: "{{pillar.app.list}}"` and `as: item` next to the state type.'],
  [/^(ansible_hostname|inventory_hostname\w*|id)$/, 'Use `minion.id`.'],
  [
    /^ansible_(facts|[a-z0-9_]+)$/,
    'Use `grains`, for example `{{grains.os}}`; `minion grains` on a host prints all of them.',
  ],
  [
    /^(hostvars|groups|mine)$/,
    'Use `{{minions role="db"}}`, or an export of the other role: `{{exports "db" "endpoint"}}`.',
  ],
  [/^(vault\w*|lookup)$/, 'Seal the secret with `master pillar set`, and read it as `{{pillar...}}`.'],
  [/^(salt|opts|env|environ)$/, 'Use `pillar`, `grains` or `minion`; a template starts no program.'],
]

/** Suggests what to write instead of a name in an expression; undefined for an unknown one. Pure. */
export function hintForName(name: string): string | undefined {
  return NAMES.find(([pattern]) => pattern.test(name))?.[1]
}
