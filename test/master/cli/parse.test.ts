import { expect, it } from 'vitest'
import { parseCommand } from '../../../master/cli/parse.ts'
import { AppError } from '../../../protocol/errors.ts'

const parse = (line: string) =>
  parseCommand(
    line.split(' ').filter(word => word !== ''),
    '1.2.3',
  )

function refusal(line: string): string {
  try {
    parse(line)
  } catch (thrown) {
    if (thrown instanceof AppError) return `${thrown.code} ${thrown.message} | ${thrown.problems[0].hint ?? ''}`
  }
  return 'accepted'
}

it('command lines are parsed into API calls with their input', () => {
  const calls = {
    'apply role=db and level=staging': { verb: 'apply', input: { target: 'role=db and level=staging', waitMs: 0 } },
    'apply db1 --wait 1h': { verb: 'apply', input: { target: 'db1', waitMs: 3_600_000 } },
    'ping *': { verb: 'ping', input: { target: '*' } },
    minions: { verb: 'minions', input: {} },
    jobs: { verb: 'jobs', input: { limit: 20 } },
    'jobs job-1': { verb: 'job', input: { job: 'job-1' } },
    'jobs cancel job-1': { verb: 'job-cancel', input: { job: 'job-1' } },
    'report db1': { verb: 'report', input: { of: 'db1' } },
    'events -f --after 7': { verb: 'events', input: { follow: true, limit: 100, after: 7 } },
    keys: { verb: 'keys', input: {} },
    'grains web1 web2': { verb: 'grains', input: { target: 'web1 web2' } },
    'grains os=debian kernel': { verb: 'grains', input: { target: 'os=debian', key: 'kernel' } },
    'grains kernel': { verb: 'grains', input: { target: 'kernel' } },
    'keys reject db1': { verb: 'key-reject', input: { id: 'db1' } },
    'keys reject --all-pending': { verb: 'key-reject-pending', input: {} },
    'keys revoke db1': { verb: 'key-revoke', input: { id: 'db1' } },
    'join-token create --role db --uses 3 --ttl 30m': {
      verb: 'token-create',
      input: { roles: ['db'], uses: 3, ttlMs: 1_800_000 },
    },
    'join-token list': { verb: 'tokens', input: {} },
    'pillar get a.b': { verb: 'pillar-get', input: { path: 'a.b' } },
    'render db1 --file /etc/motd': { verb: 'render', input: { minion: 'db1', file: '/etc/motd' } },
  }

  for (const [line, call] of Object.entries(calls)) expect(parse(line), line).toMatchObject({ kind: 'call', call })
})

it('`master lease` still works, calls `allocation` and prints a notice with the new name', () => {
  const notice = '`master lease` is now called `master allocation`; the old name still works.'

  expect(parse('lease')).toMatchObject({ kind: 'call', call: { verb: 'allocation-list', input: {}, notice } })
  expect(parse('lease release base/number m1')).toMatchObject({
    call: { verb: 'allocation-release', input: { allocation: 'base/number', minion: 'm1' }, notice },
  })
  expect(parse('allocation')).not.toHaveProperty('call.notice')
})

it.each(['compliance', 'minions', 'ssh-config'])('an empty target of `%s` is never taken as all minions', verb => {
  expect(JSON.stringify(parseCommand([verb, ''], '1.2.3'))).toContain('"target":""')
})

it('hints for Ansible and Salt options appear only for commands that would have these options', () => {
  expect(refusal('apply web1 --check')).toContain('For a dry run, which also shows diffs')
  expect(refusal('events -n 20')).not.toContain('dry run')
  expect(refusal('ssh -l anna db1')).not.toContain('Name the minions')
})

it('--json, --quiet and --socket are accepted before and after the command', () => {
  expect(parse('--json --socket /s minions')).toMatchObject({ socket: '/s', view: { output: 'json', quiet: false } })
  expect(parse('test db1 --detailed-exitcode -q --json')).toMatchObject({
    view: { output: 'json', detailed: true, quiet: true },
  })
})

it('`keys reject` rejects neither and both of a minion and --all-pending', () => {
  expect(refusal('keys reject')).toContain('expected a minion or `--all-pending`, found neither')
  expect(refusal('keys reject db1 --all-pending')).toContain('found the minion `db1` and `--all-pending`')
})

it('`pillar set` does not accept a secret value in argv', () => {
  expect(parse('pillar set a.b --file db')).toMatchObject({ kind: 'pillar-set', path: 'a.b', file: 'db' })
  expect(refusal('pillar set a.b hunter2')).toContain('USAGE too many arguments')
})

it('`master start` passes its flags to the master', () => {
  expect(parse('start --fleet /f --state /s --listen 0.0.0.0:1 --socket /x')).toEqual({
    kind: 'start',
    flags: { fleet: '/f', state: '/s', listen: '0.0.0.0:1', socket: '/x' },
  })
})

it('an invalid command line is rejected with a suggestion that can be typed', () => {
  expect(refusal('aply db1')).toBe("USAGE unknown command 'aply' | Did you mean `apply`?")
  expect(refusal('apply')).toBe("USAGE missing required argument 'target' | See `master apply --help`.")
  expect(refusal('test db1 --detailed')).toContain("USAGE unknown option '--detailed'")
  expect(refusal('apply db1 --wait soon')).toContain('A time is a number and s, m, h or d')
  expect(refusal('keys forget db1')).toContain('USAGE')
  expect(refusal('start now')).toContain('USAGE')
})

it.each([
  ['frobnicate db1', "unknown command 'frobnicate' | See `master --help`."],
  ['keys forget db1', '| See `master keys --help`.'],
  ['--socket /s mininos', "unknown command 'mininos' | Did you mean `minions`?"],
  ['--socket /s frobnicate', '| See `master --help`.'],
  ['--socket /s --json keys forget db1', '| See `master keys --help`.'],
  ['--socket=/s keys forget db1', '| See `master keys --help`.'],
  ['-q apply', '| See `master apply --help`.'],
  ['help apply', '| See `master --help`, or `master VERB --help`.'],
  ['apply --check db1', '| For a dry run, which also shows diffs: `master test TARGET`.'],
  ['apply db1 --diff', '| Diffs are shown anyway. To see changes before they are made: `master test TARGET`.'],
  ['apply --diff db1', '| Diffs are shown anyway.'],
  ['apply --limit db1,db2', '| Name the minions as the target: `master apply db1,db2`.'],
  ['test --limit=db*', "| Name the minions as the target: `master test 'db*'`."],
  ['apply -l @hosts.retry', '| Name the minions as the target: `master apply @hosts.retry`.'],
  ['roles --limit db1', '| Name the minions as the target: `master apply db1`.'],
  ['ping -L db1,db2', '| Name the minions as the target: `master ping db1,db2`.'],
  ['ping -G os:Debian', '| Write it as a target word: `master ping os=debian`.'],
  ['ping -G roles:web', '| Write it as a target word: `master ping role=web`.'],
  ['apply -C G@os:Debian', '| Write the target without an option: `master apply role=web and os=debian and not web3`.'],
  ['apply -N edge', '| Define the group in fleet.yml, under `groups`, then: `master apply group=edge`.'],
  ['apply -C db1', '| For a dry run'],
  ['apply role=web --canary 1', 'apply to one and then to the others: `master apply web1`, then'],
  ['apply --serial 2 role=web', 'apply to one and then to the others'],
  ['apply --batch-size 10% *', 'apply to one and then to the others'],
  ['* test.ping', "| The verb stands first: `master ping '*'`."],
  ['web1 state.apply', '| The verb stands first: `master apply web1`.'],
  ['web1 cmd.run uptime', '| The verb stands first: `master run web1 -- PROGRAM`.'],
  ['exec web1 -- uptime', '| Use `master run TARGET -- PROGRAM`.'],
  ['apply --tags x db1', '| An apply always covers the whole catalog'],
  ['highstate db1', '| Use `master apply TARGET`; for a dry run `master test TARGET`.'],
  ['rollback db1', '| Put the fleet files back'],
])('an Ansible, Salt or unknown command is answered with an existing command: %s', (words, told) => {
  const said = refusal(words)

  expect(said).toContain(told)
  for (const [, command = ''] of said.matchAll(/`master ([^`]+)`/g)) {
    expect(refusal(command)).not.toMatch(/unknown (?:command|option)/)
  }
})

it('--help and --version print help and version', () => {
  expect(parse('--version')).toEqual({ kind: 'say', text: `master 1.2.3, Node ${process.versions.node}, protocol 1\n` })
  expect(parseCommand(['--version'], '1.2.3+121.g538efb5')).toMatchObject({
    text: expect.stringContaining('master 1.2.3 (build 121.g538efb5), Node '),
  })
  expect(parse('')).toMatchObject({
    kind: 'say',
    text: expect.stringContaining('master apply role=db level=staging'),
  })
  expect(parse('apply --help')).toMatchObject({ kind: 'say', text: expect.stringContaining('--wait <time>') })
})
