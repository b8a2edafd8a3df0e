import { type LabFleet, MASTER } from './lab-fleet.ts'

/** The number separates what the two ways create or remove. */
export interface Way {
  readonly number: 1 | 2
  readonly name: 'pipe' | 'terminal'
}

export interface Row {
  /** Arguments typed after the program's name. */
  readonly words: (way: Way, fleet: LabFleet) => readonly string[] | Promise<readonly string[]>
  readonly says: RegExp
  /** Exit code in both ways; default 0. */
  readonly code?: number
  /** Exit codes where the ways differ: a pipe cannot be prompted. */
  readonly codes?: { readonly [way in Way['name']]: number }
  /** The verb prints bytes unchanged, including escapes. */
  readonly isRaw?: true
  /** Input for the pipe. */
  readonly stdin?: string
  /** Input for the terminal, typed once the program has prompted. */
  readonly typed?: { readonly after: RegExp; readonly keys: string }
}

export const VERB_FLEET = {
  'inventory.yml': 'web1: {level: staging, roles: [note]}\n"gone*": {level: staging}\n',
  'pillar/top.yml': '- {match: "*", files: [note]}\n',
  'pillar/note.yml': 'note: {text: plain}\n',
  'roles/note/role.yml': `summary: a note
pillar:
  note.text: {type: text}
  note.key: {type: secret, optional: true}
allocations:
  number: {from: 1, to: 9}
`,
  'roles/note/states.yml': '/etc/note:\n  file.managed: {contents: "{{pillar.note.text}} {{allocations.number}}\\n"}\n',
  'schedule.yml': 'schedules:\n  nightly: {cron: "30 2 * * *", verb: test, target: web1}\n',
  'runbooks/hello.yml': `summary: Says hello
params: {}
steps:
  - {name: hello, on: web1, run: ["true"]}
  - {name: ask, confirm: "Go on?"}
`,
}

const fixed =
  (...words: readonly string[]) =>
  (): readonly string[] =>
    words

/** Returns the id of the newest item in a listing. */
async function newest(fleet: LabFleet, words: readonly string[], pattern: RegExp): Promise<string> {
  const [id] = pattern.exec(await fleet.must(words)) ?? []
  if (id === undefined) throw new Error(`\`master ${words.join(' ')}\` names none`)
  return id
}

/** Creates a pending key: a host that joins without a token. */
async function knock(fleet: LabFleet, id: string): Promise<string> {
  const root = await newest(fleet, ['status'], /SHA256:\S+/)
  const join = ['join', '--master', `${fleet.master.address}:7443`, '--id', id, '--root', root]
  await fleet.host('web1').must(['minion', '--state', `/var/lib/${id}`, ...join])
  return id
}

/** Starts a runbook that waits at its prompt. */
async function asking(fleet: LabFleet): Promise<string> {
  await fleet.run(['runbook', 'run', 'hello'])
  return newest(fleet, ['runbook', 'list', '--json'], /rb-[0-9a-z]+/)
}

const BACKUP = ['--passphrase-file', '/root/passphrase']

const rows: { readonly [verb: string]: Row } = {
  'master init': { words: ({ number }) => ['init', `/root/fresh${number}`], says: /fresh/ },
  'master migrate': { words: () => ['migrate', MASTER.fleet, '--dry-run'], says: /Nothing to rename\./ },
  'master bootstrap': {
    words: ({ number }) => ['bootstrap', 'nowhere.invalid', '--id', `boot${number}`],
    code: 1,
    says: /BOOTSTRAP_FAILED/,
  },
  'master backup': { words: ({ number }) => ['backup', ...BACKUP, `/root/saltern${number}.backup`], says: /saltern/ },
  'master restore': {
    words: ({ number }) => ['restore', ...BACKUP, `/root/saltern${number}.backup`],
    code: 1,
    says: /STORE_LOCKED/,
  },
  'master start': { words: fixed('start', '--fleet', MASTER.fleet), code: 1, says: /STORE_LOCKED/ },
  'master ping': { words: fixed('ping', 'web1'), says: /web1/ },
  'master apply': { words: fixed('apply', 'web1'), says: /web1 .*done/ },
  'master test': { words: fixed('test', 'web1'), says: /web1 .*done/ },
  'master orphans': { words: fixed('orphans', 'web1'), says: /no orphans/ },
  'master minions': { words: fixed('minions'), says: /web1/ },
  'master grains': { words: fixed('grains', 'web1', 'os'), says: /debian +web1/ },
  'master status': { words: fixed('status'), says: /SHA256:/ },
  'master doctor': { words: fixed('doctor'), says: /daemon: process \d+ runs version/ },
  'master jobs': { words: fixed('jobs'), says: /job-/ },
  'master jobs cancel': {
    words: async (_, fleet) => ['jobs', 'cancel', await newest(fleet, ['jobs', '--json'], /job-[0-9a-z]+/)],
    says: /./,
  },
  'master report': { words: fixed('report', 'web1'), says: /web1/ },
  'master events': { words: fixed('events', '--limit', '5'), says: /report-stored|run-|job-/ },
  'master roles': { words: fixed('roles'), says: /note/ },
  'master contract': { words: fixed('contract'), says: /./ },
  'master lint': { words: fixed('lint'), says: /./ },
  'master render': { words: fixed('render', 'web1'), says: /\/etc\/note/ },
  'master compliance': { words: fixed('compliance', 'web1'), says: /100 ?%/ },
  'master compliance show': { words: fixed('compliance', 'show'), says: /100 ?%/ },
  'master compliance history': { words: fixed('compliance', 'history'), says: /100/ },
  'master overview': { words: fixed('overview'), says: /./ },
  'master shell': { words: fixed('shell', '-c', 'minions'), says: /web1/ },
  'master completion': { words: fixed('completion', 'bash'), says: /complete/ },
  'master audit': { words: fixed('audit'), says: /apply/ },
  'master audit list': { words: fixed('audit', 'list'), says: /apply/ },
  'master audit verify': { words: fixed('audit', 'verify'), says: /./ },
  'master sessions': { words: fixed('sessions'), says: /./ },
  'master sessions list': { words: fixed('sessions', 'list'), says: /./ },
  'master sessions show': {
    words: async (_, fleet) => {
      await fleet.must(['run', 'web1', '--', 'true'])
      return ['sessions', 'show', await newest(fleet, ['sessions', '--json'], /ses-[0-9a-z]+/)]
    },
    says: /web1/,
  },
  'master sessions play': {
    words: async (_, fleet) => {
      const terminal = "master ssh web1 -- echo 'salt of web1'"
      await fleet.master.must(['script', '--quiet', '--return', '--command', terminal, '/dev/null'])
      return ['sessions', 'play', await newest(fleet, ['sessions', '--json'], /ses-[0-9a-z]+/)]
    },
    says: /salt of web1/,
    isRaw: true,
  },
  'master schedule': { words: fixed('schedule'), says: /nightly/ },
  'master schedule list': { words: fixed('schedule', 'list'), says: /nightly/ },
  'master schedule next': { words: fixed('schedule', 'next', 'nightly'), says: /02:30/ },
  'master schedule run': { words: fixed('schedule', 'run', 'nightly'), says: /nightly/ },
  'master schedule pause': { words: fixed('schedule', 'pause', 'nightly'), says: /nightly/ },
  'master schedule resume': { words: fixed('schedule', 'resume', 'nightly'), says: /nightly/ },
  'master run': { words: fixed('run', 'web1', '--', 'echo', 'salt of', 'web1'), says: /salt of web1/ },
  'master ssh': {
    words: fixed('ssh', 'web1', '--', 'echo', 'salt of web1'),
    codes: { pipe: 2, terminal: 0 },
    says: /salt of web1|needs a terminal/,
  },
  'master cp': { words: ({ number }) => ['cp', `web1:/etc/note`, `/root/note${number}`], says: /note/ },
  'master forward': {
    words: fixed('forward', 'web1', '99999'),
    code: 2,
    says: /port/,
  },
  'master ssh-config': { words: fixed('ssh-config'), says: /Host web1/ },
  'master allocation': { words: fixed('allocation'), says: /note\/number/ },
  'master allocation list': { words: fixed('allocation', 'list'), says: /note\/number/ },
  'master allocation release': {
    words: async ({ number }, fleet) => {
      if (number === 2) await fleet.must(['apply', 'web1'])
      return ['allocation', 'release', 'note/number', 'web1']
    },
    says: /note\/number/,
  },
  'master address': { words: fixed('address'), says: /web1/ },
  'master address list': { words: fixed('address', 'list'), says: /web1/ },
  'master address release': {
    words: fixed('address', 'release', 'web1'),
    code: 2,
    says: /ADDRESS_IN_USE/,
  },
  'master runbook': { words: fixed('runbook'), says: /hello/ },
  'master runbook list': { words: fixed('runbook', 'list'), says: /hello/ },
  'master runbook plan': { words: fixed('runbook', 'plan', 'hello'), says: /hello/ },
  'master runbook run': { words: fixed('runbook', 'run', 'hello', '--yes'), says: /hello/ },
  'master runbook show': {
    words: async (_, fleet) => ['runbook', 'show', await newest(fleet, ['runbook', 'list', '--json'], /rb-[0-9a-z]+/)],
    says: /hello/,
  },
  'master runbook resume': {
    words: async (_, fleet) => ['runbook', 'resume', await asking(fleet), '--yes'],
    says: /hello/,
  },
  'master runbook abort': { words: async (_, fleet) => ['runbook', 'abort', await asking(fleet)], says: /hello/ },
  'master keys': { words: fixed('keys'), says: /web1 .*accepted/ },
  'master keys list': { words: fixed('keys', 'list'), says: /web1 .*accepted/ },
  'master keys accept': {
    words: async ({ number }, fleet) => ['keys', 'accept', await knock(fleet, `late${number}`)],
    codes: { pipe: 2, terminal: 0 },
    typed: { after: /\[y\/N\]|\(y\/n\)|\? $/i, keys: 'y\r' },
    says: /late\d SHA256:/,
  },
  'master keys reject': {
    words: async ({ number }, fleet) => ['keys', 'reject', await knock(fleet, `lost${number}`)],
    says: /rejected/,
  },
  'master keys revoke': { words: ({ number }) => ['keys', 'revoke', `gone${number}`], says: /revoked/ },
  'master join-token': { words: fixed('join-token'), says: /./ },
  'master join-token create': { words: fixed('join-token', 'create', '--id', 'new1'), says: /saltern1\./ },
  'master join-token list': { words: fixed('join-token', 'list'), says: /new1/ },
  'master join-token revoke': {
    words: async (_, fleet) => {
      const { answer } = await fleet.ask<{ readonly tokens: readonly { readonly token: string }[] }>([
        'join-token',
        'list',
      ])
      return ['join-token', 'revoke', answer.tokens[0]?.token ?? 'none']
    },
    says: /./,
  },
  'master pillar': { words: fixed('pillar'), code: 2, says: /master pillar --help/ },
  'master pillar set': {
    words: fixed('pillar', 'set', 'note.key', '--file', 'note'),
    stdin: 'a secret of ten words',
    typed: { after: /: $/, keys: 'a secret of ten words\r' },
    says: /note\.key/,
  },
  'master pillar get': { words: fixed('pillar', 'get', 'note.text', '--minion', 'web1'), says: /plain/ },
  'minion join': {
    words: ({ number }, fleet) => [
      '--state',
      `/var/lib/never${number}`,
      'join',
      '--master',
      `${fleet.master.address}:7443`,
      '--id',
      'never1',
    ],
    stdin: 'no token',
    typed: { after: /: $/, keys: 'no token\r' },
    code: 1,
    says: /TOKEN/,
  },
  'minion start': { words: fixed('start'), code: 1, says: /STATE_LOCKED/ },
  'minion status': { words: fixed('status'), says: /id +web1/ },
  'minion grains': { words: fixed('grains'), says: /"os"/ },
  'minion apply': { words: fixed('apply', '--cached'), says: /unchanged/ },
}

/** In the order in which the programs list their verbs. */
export const ROWS = Object.entries(rows)
