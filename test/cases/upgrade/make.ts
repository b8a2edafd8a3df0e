import { execFileSync, spawn } from 'node:child_process'
import {
  closeSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { PROGRAM, Scene, until } from '../../journey/scene.ts'
import { Terminal } from '../../journey/terminal.ts'

/*
 * Makes `release-<commit>.tar.gz` and `release-<commit>.json` beside this file; see README.md. Run it in a checkout of the
 * release whose state should be preserved: `node test/cases/upgrade/make.ts NAME`.
 */

const MINION = resolve(import.meta.dirname, '../../../minion/main.ts')
const [name = 'release'] = process.argv.slice(2)
const scene = new Scene()
const { out } = scene
const gate = join(scene.directory, 'gate')

const owner = scene.owner.replace(', ', '\n    ')
const states = (content: string): string => `config:
  file.managed: {name: "${out}/{{minion.id}}.conf", contents: "${content}\\n", ${scene.owner}}
reload:
  cmd.run:
    cmd: "echo reloaded >> ${out}/{{minion.id}}.reloads; test ! -p ${gate} || cat ${gate}"
    shell: true
    onchanges: [{file: config}]
broken:
  cmd.run: {cmd: ["false"], onlyif: [[test, -e, "${out}/{{minion.id}}.break"]]}
after:
  file.managed: {name: "${out}/{{minion.id}}.after", contents: "{{pillar.word}} {{leases.number}}\\n", ${scene.owner}, require: [{cmd: broken}]}
web:
  tls.certificate:
    cert: ${out}/{{minion.id}}.crt
    key: ${out}/{{minion.id}}.key
    ca: ${out}/{{minion.id}}.ca
    certificate: "{{certificates.web.certificate}}"
    private_key: "{{certificates.web.key}}"
    authority: "{{certificates.web.ca}}"
    ${owner}
`
const role = `summary: does a little of everything
pillar:
  word: {type: secret}
leases:
  number: {from: 1, to: 9}
exports:
  number: {type: integer, value: "{{leases.number}}"}
certificates:
  web: {common_name: "{{minion.id}}", alt_names: ["DNS:{{minion.id}}"], days: 90}
checks:
  is written: {run: [test, -e, "${out}/{{minion.id}}.conf"], expect: {exit: 0}}
`
const runbook = `summary: touches one minion
params:
  to: {type: minion, help: which one}
steps:
  - name: touch
    on: "{{params.to.id}}"
    run: [touch, "${out}/touched"]
`
const schedule = `schedules:
  nightly: {cron: "30 2 * * *", verb: test, target: "*"}
  resting: {cron: "0 3 * * *", verb: test, target: "*"}
`

/** Releases a program that waits at the gate. */
function release(): void {
  try {
    closeSync(openSync(gate, constants.O_WRONLY | constants.O_NONBLOCK))
  } catch {
    // No program is waiting.
  }
}

function reloads(): number {
  const path = join(out, 'm1.reloads')
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0
}

async function json<Result>(words: readonly string[]): Promise<Result> {
  return JSON.parse(await scene.must(['--json', ...words])) as Result
}

/** Lists everything in the store that a test can list, as the release itself lists it. */
async function listed(): Promise<object> {
  const { jobs } = await json<{ jobs: { job: string; origin: string }[] }>(['jobs', '--limit', '500'])
  const { minions } = await json<{ minions: { minion: string }[] }>(['minions'])
  const { keys } = await json<{ keys: { minion: string; fingerprint: string; state: string }[] }>(['keys', 'list'])
  const { tokens } = await json<{ tokens: { token: string }[] }>(['join-token', 'list'])
  const { leases } = await json<{ leases: { lease: string; minion: string; value: unknown }[] }>(['lease', 'list'])
  const { sessions } = await json<{ sessions: { session: string; kind: string }[] }>(['sessions'])
  const { schedules } = await json<{ schedules: { schedule: string; state: string }[] }>(['schedule', 'list'])
  const { reports } = await json<{ reports: { run: string; state: string; counts: object }[] }>(['report', 'm1'])
  const compliance = await json<object>(['compliance', 'history'])
  const runbooks = await json<object>(['runbook', 'list'])
  return { jobs, minions, keys, tokens, leases, sessions, schedules, reports, compliance, runbooks }
}

async function terminal(): Promise<void> {
  const opened = new Terminal(process.execPath, [PROGRAM, 'ssh', 'm1', '--', 'sh', '-c', 'echo recorded'], {
    ...scene.env,
    TERM: 'xterm',
  })
  await opened.ends()
}

try {
  await scene.makeFleet({
    'roles/demo/role.yml': role,
    'roles/demo/states.yml': states('one'),
    'runbooks/touch.yml': runbook,
    'schedule.yml': schedule,
    'pillar/top.yml': '- {match: "*", files: [common]}\n',
    'pillar/common.yml': '',
    'inventory.yml': '"m*": {roles: [demo], level: staging}\n',
  })
  await scene.startMaster()
  await scene.must(['pillar', 'set', 'word', '--file', 'common'], 'a secret word')
  for (const id of ['m1', 'm2', 'm3']) await scene.join(id)
  // Keys in every state; used, revoked and unused tokens.
  await scene.must(['keys', 'revoke', 'm3'])
  const root = (await json<{ root: string }>(['status'])).root
  for (const id of ['m4', 'm5']) await scene.minion(id, ['join', '--master', scene.address, '--id', id, '--root', root])
  await scene.must(['keys', 'reject', 'm5'])
  await scene.must(['join-token', 'create'])
  const { tokens } = await json<{ tokens: { token: string }[] }>(['join-token', 'list'])
  await scene.must(['join-token', 'revoke', tokens[0]?.token ?? ''])
  await scene.must(['join-token', 'create'])
  // Outcomes: would-change, changed, unchanged, failed, not-run, cancelled.
  await scene.must(['test', '*'])
  await scene.must(['apply', '*'])
  await scene.must(['apply', '*'])
  writeFileSync(join(out, 'm1.break'), '')
  rmSync(join(out, 'm1.after'))
  await scene.run(['apply', '*'])
  rmSync(join(out, 'm1.break'))
  await scene.run(['compliance'])
  await scene.must(['run', 'm1', '--', 'true'])
  await terminal()
  await scene.must(['schedule', 'run', 'nightly'])
  await scene.must(['schedule', 'pause', 'resting'])
  await scene.run(['runbook', 'run', 'touch', '--to', 'm1', '--yes'])
  execFileSync('mkfifo', [gate])
  scene.write({ 'roles/demo/states.yml': states('two') })
  const cancelled = scene.begin(['apply', 'm1'])
  await until('the program waits at the gate', () => reloads() === 2)
  const [running] = (await json<{ jobs: { job: string }[] }>(['jobs'])).jobs
  await scene.must(['jobs', 'cancel', running?.job ?? ''])
  await cancelled.done
  release()
  // A run that ends while the master is down, so its report stays in the outbox.
  scene.write({ 'roles/demo/states.yml': states('three') })
  const applying = scene.begin(['apply', 'm1'])
  await until(
    'the program waits again',
    () => reloads() >= 3,
    () => scene.log('minion-m1'),
  )
  const facts = await listed()
  await scene.kill('master')
  await applying.done
  release()
  const outbox = join(scene.minionState('m1'), 'outbox')
  await until('its report is in the outbox', () => readdirSync(outbox).some(file => file.endsWith('.report')))
  await scene.kill('minion-m1')
  await scene.kill('minion-m2')
  // A run that was killed midway: journal, backup, and a pending trigger.
  rmSync(join(out, 'm1.conf'))
  const before = reloads()
  const local = spawn(process.execPath, [MINION, '--state', scene.minionState('m1'), 'apply', '--cached'], {
    stdio: 'ignore',
  })
  await until('the local run waits at the gate', () => reloads() > before)
  local.kill('SIGKILL')
  release()

  const kept = join(scene.directory, 'kept')
  mkdirSync(kept)
  cpSync(scene.state, join(kept, 'master'), {
    recursive: true,
    filter: path => !path.endsWith('.sock') && !path.endsWith('operators'),
  })
  cpSync(scene.fleet, join(kept, 'fleet'), { recursive: true })
  cpSync(scene.minionState('m1'), join(kept, 'minion-m1'), { recursive: true })
  const archive = join(import.meta.dirname, `${name}.tar.gz`)
  execFileSync('sh', [
    '-c',
    `tar --sort=name --owner=0 --group=0 --numeric-owner -C "${kept}" -c . | gzip -9n > "${archive}"`,
  ])
  const told = { madeAt: new Date().toISOString(), out, gate, ...facts }
  writeFileSync(join(import.meta.dirname, `${name}.json`), `${JSON.stringify(told, null, 2)}\n`)
  process.stdout.write(execFileSync('sh', ['-c', `ls -l "${archive}"; tar tzvf "${archive}"`], { encoding: 'utf8' }))
} finally {
  release()
  await scene.close()
}
