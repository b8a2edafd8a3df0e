import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { Scene } from './scene.ts'
import { KEYS, Terminal } from './terminal.ts'

const PROJECT = resolve(import.meta.dirname, '../..')
const PROMPT = /(?:^|\n)journey[^\n]*> $/

let scene: Scene
let bin: string
const terminals: Terminal[] = []

beforeAll(async () => {
  scene = new Scene()
  await scene.makeFleet({})
  scene.write({
    'fleet.yml': readFileSync(join(scene.fleet, 'fleet.yml'), 'utf8').replace(/^name:.*$/m, 'name: journey'),
    'schedule.yml': 'schedules:\n  nightly: {cron: "0 3 * * *", timezone: UTC, target: role=web, verb: test}\n',
    'inventory.yml': 'shown1: {roles: [base], level: staging}\n',
    'roles/bad/role.yml': 'summary: It fails.\n',
    'roles/bad/states.yml': "no:\n  cmd.run:\n    cmd: ['false']\n",
    'roles/web/role.yml': 'summary: A page.\n',
    'roles/web/states.yml': `${scene.out}/page:\n  file.managed:\n    contents: hello\n    ${scene.owner.replace(', ', '\n    ')}\n`,
  })
  bin = join(scene.directory, 'bin')
  mkdirSync(bin)
  const start = `#!/bin/sh\nexec '${process.execPath}' '${join(PROJECT, 'master/main.ts')}' "$@"\n`
  writeFileSync(join(bin, 'master'), start, { mode: 0o755 })
  copyFileSync(join(PROJECT, 'master/saltern-shell'), join(bin, 'saltern-shell'))
  await scene.startMaster()
  await scene.join('bad1', ['--role', 'bad', '--level', 'production'])
  const failed = await scene.run(['apply', 'bad1'])
  if (failed.code !== 1) throw new Error(`bad1 was to fail: ${failed.out}${failed.err}`)
  await scene.kill('minion-bad1')
  const { root } = JSON.parse(await scene.must(['--json', 'status'])) as { readonly root: string }
  await scene.minion('new1', ['join', '--master', scene.address, '--id', 'new1', '--root', root])
  await scene.join('web1', ['--role', 'web', '--level', 'staging'])
})
afterEach(() => {
  for (const terminal of terminals.splice(0)) terminal.close()
})
afterAll(() => scene.close())

function environment(): NodeJS.ProcessEnv {
  const home = join(scene.directory, 'home')
  mkdirSync(home, { recursive: true })
  const { NO_COLOR: _, XDG_STATE_HOME: __, ...rest } = scene.env
  return { ...rest, HOME: home, PATH: `${bin}:${process.env['PATH']}` }
}

async function openShell(file = join(bin, 'master'), words: readonly string[] = ['shell']): Promise<Terminal> {
  const terminal = new Terminal(file, words, environment())
  terminals.push(terminal)
  await terminal.sees(PROMPT)
  return terminal
}

const shell = (words: readonly string[], stdin = '') => scene.run(['shell', ...words], stdin)

it('the shell greets with levels, offline minions, pending keys and recent failures', async () => {
  const terminal = await openShell()

  expect(terminal.shown).toMatch(/journey on \S+, version \S+; you are \S+/)
  expect(terminal.shown).toMatch(/PRODUCTION {2}0 of 1 online/)
  expect(terminal.shown).toMatch(/STAGING {5}1 of 1 online/)
  expect(terminal.shown).toMatch(/offline\n {4}bad1 {2}since \d{4}-/)
  expect(terminal.shown).toMatch(/pending keys\n {4}new1 {2}SHA256:/)
  expect(terminal.shown).toMatch(/recent failures\n {4}bad1 {2}apply \S+ \S+ UTC {2}PROGRAM_FAILED: cmd\.run no: /)
  expect(terminal.raw).toContain('\u001b[')
})

it('the shell completes verbs, target syntax and names with Tab', async () => {
  const terminal = await openShell()

  terminal.type(`appl${KEYS.tab}`)
  await terminal.sees('apply ')
  terminal.type(`ro${KEYS.tab}`)
  await terminal.sees('role=')
  terminal.type(`we${KEYS.tab}`)
  await terminal.sees('web ')
  terminal.type(KEYS.ctrlC)
  await terminal.sees(PROMPT)
  terminal.type(`keys accept n${KEYS.tab}`)
  await terminal.sees('new1 ')
  terminal.type(KEYS.ctrlC)
  await terminal.sees(PROMPT)
  terminal.type(`jobs cancel ${KEYS.tab}`)
  await terminal.sees(/jobs cancel job-[0-9a-z]{26} $/)
  terminal.type(KEYS.ctrlC)
  await terminal.sees(PROMPT)
  terminal.type(`minions level=${KEYS.tab}`)
  await terminal.sees('level=')
  terminal.type(KEYS.tab)
  await terminal.sees(/level=production\s+level=staging/)
  terminal.type(KEYS.ctrlC)
  await terminal.sees(PROMPT)
  terminal.type(`schedule run n${KEYS.tab}`)
  await terminal.sees('nightly ')
})

it('the shell applies to the target that was set with `use` and shows it in the prompt', async () => {
  const terminal = await openShell()

  terminal.type(`use role=web${KEYS.enter}`)
  expect(await terminal.sees(/journey role=web> $/)).toContain('1 minion: web1')
  terminal.type(`apply${KEYS.enter}`)
  expect(await terminal.sees(/journey role=web> $/)).toMatch(/web1 {2}done.*1 changed/)
  expect(readFileSync(join(scene.out, 'page'), 'utf8')).toBe('hello')
  terminal.type(`ls${KEYS.enter}`)
  const listed = await terminal.sees(/journey role=web> $/)
  expect(listed).toContain('web1')
  expect(listed).not.toContain('bad1')
  terminal.type(`ls bad1${KEYS.enter}`)
  expect(await terminal.sees(/journey role=web> $/)).toContain('bad1')
  terminal.type(`use${KEYS.enter}`)
  await terminal.sees(/journey> $/)
})

it('the shell rejects a target that matches no minion and shows a non-zero exit code in the prompt', async () => {
  const terminal = await openShell()

  terminal.type(`use role=nobody${KEYS.enter}`)
  expect(await terminal.sees(/journey \[3\]> $/)).toContain('TARGET_MATCHES_NOBODY')
  terminal.type(`ping bad1${KEYS.enter}`)
  expect(await terminal.sees(/journey \[4\]> $/)).toContain('offline since')
  terminal.type(`aply${KEYS.enter}`)
  expect(await terminal.sees(/journey \[2\]> $/)).toContain('Did you mean `apply`?')
  terminal.type(`minions | grep web${KEYS.enter}`)
  expect(await terminal.sees(/journey \[2\]> $/)).toMatch(
    /SHELL_SYNTAX: `\|` is not supported: this shell has no pipes/,
  )
  terminal.type(`start${KEYS.enter}`)
  expect(await terminal.sees(/journey \[2\]> $/)).toContain('systemctl start saltern-master')
  terminal.type(`master ping web1${KEYS.enter}`)
  expect(await terminal.sees(/journey> $/)).toContain('online')
})

it('ctrl-C in the shell ends the running command and not the shell', async () => {
  const terminal = await openShell()

  terminal.type(`events -f --limit 1${KEYS.enter}`)
  await terminal.sees(/\d+ {2}\d{4}-\d\d-\d\d .*\n/)
  terminal.type(KEYS.ctrlC)
  await terminal.sees(/journey \[130\]> $/)
  terminal.type(`half a line${KEYS.ctrlC}`)
  await terminal.sees(/\^C\njourney \[130\]> $/)
  terminal.type(`${KEYS.ctrlZ}ping web1${KEYS.enter}`)
  expect(await terminal.sees(/journey> $/)).toContain('online')
})

it('the shell keeps its history across sessions, readable only by its owner and without secrets', async () => {
  const first = await openShell()
  first.type(`ping web1${KEYS.enter}`)
  await first.sees(/online.*\njourney> $/s)
  first.type(`pillar set some.path hunter2${KEYS.enter}`)
  await first.sees(/\[2\]> $/)
  first.type(` roles${KEYS.enter}`)
  await first.sees(/journey> $/)
  first.type(KEYS.ctrlD)
  expect(await first.ends()).toBe(0)

  const second = await openShell()
  second.type(`${KEYS.up}`)
  await second.sees('ping web1')
  second.type(KEYS.enter)
  await second.sees('online')
  const path = join(environment().HOME ?? '', '.local/state/saltern', `history-${userInfo().username}`)
  expect(readFileSync(path, 'utf8')).not.toMatch(/hunter2|roles/)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700)
})

it('the shell reads a value for `pillar set` without echo and returns to the prompt after Enter', async () => {
  const terminal = await openShell()

  terminal.type(`pillar set some.path${KEYS.enter}`)
  await terminal.sees('Value of some.path')
  terminal.type(`hunter2${KEYS.enter}`)
  await terminal.sees(/sealed some\.path in \S+\njourney> $/)
  terminal.type(`pillar set some.path${KEYS.enter}`)
  await terminal.sees('Value of some.path')
  terminal.type(`hunter3${KEYS.enter}`)
  await terminal.sees(/sealed some\.path in \S+\njourney> $/)
  terminal.type(`pillar get some.path${KEYS.enter}`)
  await terminal.sees(/hunter3\njourney> $/)
})

it('the shell runs every pasted line and keeps an unfinished one in the input', async () => {
  const terminal = await openShell()

  terminal.type(`ping web1${KEYS.enter}use role=web${KEYS.enter}rol`)
  await terminal.sees(/role=web> rol$/)
  terminal.type(`es${KEYS.enter}`)
  await terminal.sees(/A page\.\n/)
})

it('the shell clears the screen with ctrl-L and exits with `exit`', async () => {
  const terminal = await openShell()

  terminal.type(KEYS.ctrlL)
  await expect.poll(() => terminal.raw).toContain('\u001b[0J')
  terminal.type(`exit 7${KEYS.enter}`)
  expect(await terminal.ends()).toBe(7)
})

it('the shell keeps running when the master stops and works again once it is back', async () => {
  const terminal = await openShell()

  await scene.kill('master', 'SIGTERM')
  terminal.type(`roles${KEYS.enter}`)
  expect(await terminal.sees(/journey \[4\]> $/)).toContain('MASTER_NOT_RUNNING')
  await scene.startMaster()
  await scene.here('web1')
  terminal.type(`ping web1${KEYS.enter}`)
  expect(await terminal.sees(/journey> $/)).toContain('online')
})

it('the login banner of a minion names its level', async () => {
  for (const file of ['/etc/motd', '/etc/issue.net']) {
    expect(await scene.must(['render', 'shown1', '--file', file])).toMatch(
      /^\n {2}STAGING {2}shown1\n {2}roles: firewall, metrics, base\n/,
    )
  }
})

it('the shell works as a login shell, with the leading dash in its name', async () => {
  const login = join(bin, 'saltern-shell')
  const terminal = await openShell('/bin/bash', ['-c', `exec -a -saltern-shell '${login}'`])

  terminal.type(`ping web1${KEYS.enter}`)
  expect(await terminal.sees(/journey> $/)).toContain('online')
})

it('the login shell runs one line with -c and returns its exit code', async () => {
  expect(await shell(['-c', 'ping role=web'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('web1  online'),
  })
  expect(await shell(['-c', 'ping bad1'])).toMatchObject({ code: 4 })
  expect(await shell(['-c', 'ls; rm -rf /'])).toMatchObject({ code: 2, err: expect.stringContaining('SHELL_SYNTAX') })
  expect(await shell(['-c', '/usr/lib/openssh/sftp-server'])).toMatchObject({ code: 2, out: '' })
  expect(await shell(['-c', 'pillar set a.b'], 'from stdin')).toMatchObject({ code: 0 })
  expect(await shell(['-c', 'pillar get a.b'])).toMatchObject({ code: 0, out: 'from stdin\n' })
})

it('the login shell runs the command in SSH_ORIGINAL_COMMAND when sshd starts it as a forced command', async () => {
  const said = await scene.run(['shell'], '', { SSH_ORIGINAL_COMMAND: 'ping web1' })

  expect(said).toMatchObject({ code: 0, out: expect.stringContaining('web1  online') })
})

it('the login shell runs piped input line by line, without banner or prompt', async () => {
  const said = await shell([], '# a script\nuse role=web\nls\nping bad1\n')

  expect(said.code).toBe(4)
  expect(said.out).toMatch(/^1 minion: web1\nMINION.*\nweb1.*\nbad1 {2}offline since/)
})

it('bash completion returns candidates, and only the part after `=` where bash splits the word', async () => {
  const script = `eval "$(master completion bash)"; COMP_LINE='master apply role=we'; COMP_POINT=\${#COMP_LINE}
      _saltern_master 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"
      COMP_LINE='master apply we'; COMP_POINT=\${#COMP_LINE}; _saltern_master; printf '%s\\n' "\${COMPREPLY[@]}"`
  const said = execFileSync('bash', ['-c', script], { env: environment(), encoding: 'utf8' })

  expect(said).toBe('web\nweb1\n')
})

it('bash completion works with Tab in an interactive bash', async () => {
  const terminal = new Terminal('/bin/bash', ['--norc', '--noprofile', '-i'], environment())
  terminals.push(terminal)

  terminal.type(`eval "$(master completion bash)"; echo rea''dy${KEYS.enter}`)
  await terminal.sees('\nready\n')
  terminal.type(`master ping role=we${KEYS.tab}`)
  await terminal.sees('role=web ')
  terminal.type(KEYS.enter)
  await terminal.sees('web1  online')
})
