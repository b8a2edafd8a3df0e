import { execFile } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ApplyResult } from '../../master/jobs/results.ts'
import { PROGRAM, Scene } from './scene.ts'

const scene = new Scene()

function states(extra = ''): string {
  return `${scene.out}/{{minion.id}}.conf:
  file.managed: {contents: "greeting = {{pillar.greeting}}\\n", ${scene.owner}}
${extra}`
}

beforeAll(async () => {
  await scene.makeFleet({
    'roles/demo/role.yml': 'summary: writes one file\npillar:\n  greeting: {type: text, default: hello}\n',
    'roles/demo/states.yml': states(),
    'inventory.yml': '"m*": {roles: [demo], level: staging}\n',
  })
  await scene.startMaster()
  await scene.join('m1')
  await scene.join('m2')
})
afterAll(() => scene.close())

it('master ping gets an answer from every minion', async () => {
  const { code, out } = await scene.run(['ping', '*'])

  expect(code).toBe(0)
  expect(out).toMatch(/^m1 {2}online {2}[\d.]+ ms\nm2 {2}online/)
})

it('master test shows the pending changes and changes nothing', async () => {
  const { code, out } = await scene.run(['test', 'role=demo', '--detailed-exitcode'])

  expect(code).toBe(5)
  expect(out).toContain('would-change  file.managed')
  expect(out).toContain('+greeting = hello')
  expect(existsSync(join(scene.out, 'm1.conf'))).toBe(false)
})

it('master apply brings both minions to the declared state, and a second apply changes nothing', async () => {
  const first = await scene.run(['apply', 'role=demo'])
  const second = await scene.run(['apply', 'role=demo'])

  expect(first).toMatchObject({ code: 0 })
  expect(first.out).toContain('m1  done  1 changed, 0 unchanged')
  expect(first.err).toContain('m2  done')
  expect(readFileSync(join(scene.out, 'm2.conf'), 'utf8')).toBe('greeting = hello\n')
  expect(second).toMatchObject({ code: 0 })
  expect(second.out).toContain('m1  done  0 changed, 1 unchanged')
  expect(second.out).toContain('m2  done  0 changed, 1 unchanged')
})

it('master apply keeps its failure exit code when the reader of stdout exits, and reports a full stdout', async () => {
  scene.write({ 'roles/demo/states.yml': states('stop:\n  cmd.run: {cmd: ["false"]}\n') })
  const script = (line: string): Promise<{ readonly stdout: string; readonly stderr: string }> =>
    promisify(execFile)('bash', ['-c', line, 'bash', process.execPath, PROGRAM], { env: scene.env })

  const piped = await script('"$1" "$2" apply m1 2>/dev/null | head -n 0; echo "${PIPESTATUS[@]}"')
  const full = await script('"$1" "$2" minions >/dev/full; echo $?')

  scene.write({ 'roles/demo/states.yml': states() })
  expect(piped.stdout).toBe('1 0\n')
  expect(full.stdout).toBe('1\n')
  expect(full.stderr).toMatch(/^OUTPUT_FAILED: stdout cannot be written: .*ENOSPC[^\n]*\n {2}hint: [^\n]*\n$/)
})

it('master apply prints program output that contains a line separator', async () => {
  const says = 'says:\n  cmd.run: {cmd: "printf \'bad \\\\342\\\\200\\\\250 separator\' >&2; exit 1", shell: true}\n'
  scene.write({ 'roles/demo/states.yml': states(says) })

  const { code, out, err } = await scene.run(['apply', 'm1'])

  scene.write({ 'roles/demo/states.yml': states() })
  expect(code).toBe(1)
  expect(out).toContain('bad \\u2028 separator')
  expect(err).not.toContain('MASTER_NOT_RUNNING')
})

it('master test shows the diff of drift and exits with 5 only with --detailed-exitcode, and an apply repairs it', async () => {
  writeFileSync(join(scene.out, 'm1.conf'), 'greeting = by hand\n')

  const plain = await scene.run(['test', '*'])
  const detailed = await scene.run(['test', '*', '--detailed-exitcode'])

  expect(plain.code).toBe(0)
  expect(detailed.code).toBe(5)
  expect(detailed.out).toContain('-greeting = by hand')
  expect(detailed.out).toContain('m2  done  0 would-change, 1 unchanged')
  expect(readFileSync(join(scene.out, 'm1.conf'), 'utf8')).toBe('greeting = by hand\n')
  expect((await scene.run(['apply', 'm1'])).out).toContain('1 changed')
  expect(readFileSync(join(scene.out, 'm1.conf'), 'utf8')).toBe('greeting = hello\n')
})

it('master apply --json prints a stable JSON shape and nothing else on stdout', async () => {
  const { code, out } = await scene.run(['--json', 'apply', 'm1'])
  const result = JSON.parse(out) as ApplyResult

  expect(code).toBe(0)
  expect(Object.keys(result).sort()).toEqual(['job', 'offline', 'revision', 'runs', 'verb'])
  expect(result.runs).toMatchObject([{ minion: 'm1', state: 'done', counts: { unchanged: 1 }, results: [] }])
})

it('apply, report and jobs show unchanged states with -v and the slowest states with --slowest', async () => {
  const { code, out } = await scene.run(['apply', 'm1', '-v', '--slowest'])
  const report = await scene.must(['report', 'm1', '-v', '--slowest'])
  const id = /master report (job-\w+)/.exec(out)?.[1] ?? ''
  const job = await scene.must(['jobs', id, '-v', '--slowest'])
  const brief = await scene.must(['apply', 'm1', '--brief'])

  expect(code).toBe(0)
  for (const text of [out, report, job]) {
    expect(text).toMatch(
      /^unchanged +file\.managed \S+\/m1\.conf {2}role demo {2}\d+ ms {2}roles\/demo\/states\.yml:1:1$/m,
    )
    expect(text).toMatch(/^slow +\d+ ms {2}file\.managed \S+\/m1\.conf {2}on m1 {2}role demo$/m)
  }
  expect(brief).toMatch(/^m1 {2}done {2}0 changed, 1 unchanged {2}\d+ ms\nfleet .*\n$/)
  expect(await scene.must(['jobs', id, '--brief'])).toMatch(
    /\n\nm1 {2}done {2}0 changed, 1 unchanged {2}\d+ ms\ndetails: .*\n$/,
  )
})

it('master apply exits with 3 and suggests the nearest name when no minion matches', async () => {
  const { code, err } = await scene.run(['apply', 'role=demp'])

  expect(code).toBe(3)
  expect(err).toContain('`role=demp` matches none of 2 minions')
  expect(err).toContain('Did you mean `role=demo`?')
})

it('master apply exits with 2 and shows a caret for an invalid target', async () => {
  const { code, err } = await scene.run(['apply', 'role=demo', 'and'])

  expect(code).toBe(2)
  expect(err).toContain('TARGET_SYNTAX')
  expect(err).toMatch(/\n +\| +\^/)
})

it('master apply exits with 2 for compile errors, shows all of them with carets, and sends nothing', async () => {
  scene.write({
    'roles/demo/states.yml': states('bad:\n  file.manged: {}\n/x:\n  file.managed: {contents: x, mod: "0644"}\n'),
  })
  const { code, err } = await scene.run(['apply', '*'])
  scene.write({ 'roles/demo/states.yml': states() })

  expect(code).toBe(2)
  expect(err).toContain('there is no state `file.manged`')
  expect(err).toContain('Did you mean `file.managed`?')
  expect(err).toContain('roles/demo/states.yml:4:3')
  expect(err).toContain('file.managed has no argument `mod`')
  expect(err).toContain('2 problems')
  expect((await scene.must(['jobs'])).split('\n')[1]).not.toContain('queued')
})

it('master apply exits with 1 when a state fails and names the state and the reason', async () => {
  scene.write({ 'roles/demo/states.yml': states('fails:\n  cmd.run: {cmd: [/bin/false]}\n') })
  const { code, out } = await scene.run(['apply', 'm1'])
  scene.write({ 'roles/demo/states.yml': states() })

  expect(code).toBe(1)
  expect(out).toContain('m1  failed')
  expect(out).toMatch(/failed {8}cmd\.run fails/)
  expect(out).toContain('PROGRAM_FAILED')
})

it('master apply reports at once since when a minion is offline, and exits with 4', async () => {
  await scene.kill('minion-m2', 'SIGTERM')
  await scene.away('m2')
  const { code, out } = await scene.run(['apply', '*'])

  expect(code).toBe(4)
  expect(out).toContain('m1  done')
  expect(out).toMatch(/m2 {2}offline since \d{4}-/)
})

it('master apply --wait queues an order for an offline minion', async () => {
  writeFileSync(join(scene.out, 'm2.conf'), 'by hand\n')
  const waiting = scene.begin(['apply', 'm2', '--wait', '1h'])
  await expect
    .poll(async () => (await scene.must(['jobs', '--limit', '1'])).includes('1 queued'), { timeout: 45_000 })
    .toBe(true)
  scene.startMinion('m2')
  const { code, out } = await waiting.done

  expect(code).toBe(0)
  expect(out).toContain('m2  done  1 changed')
})

it('master shows jobs, reports, minions, status and events after an apply', async () => {
  expect(await scene.must(['jobs'])).toContain('apply  m2')
  expect(await scene.must(['report', 'm2'])).toMatch(/m2 {2}done {2}1 changed.*\n.*apply, order/)
  expect(await scene.must(['minions'])).toMatch(/m1 +online +staging +demo/)
  expect(await scene.must(['status'])).toContain('2 of 2 online, 0 pending')
  expect(await scene.must(['events'])).toContain('report-stored')
  expect(await scene.must(['roles'])).toMatch(/demo +ready +m1,m2/)
  expect(await scene.must(['lint'])).toContain('no problems')
  expect(await scene.must(['render', 'm1', '--file', join(scene.out, 'm1.conf')])).toBe('greeting = hello\n')
})

it('master report fails for an unknown job, run or minion', async () => {
  const { code, err } = await scene.run(['report', 'nobody'])

  expect(code).toBe(2)
  expect(err).toContain('no job, run or minion is named `nobody`')
})
