import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { createClient } from '../../master/api/client.ts'
import { PROGRAM, Scene, until } from './scene.ts'
import { KEYS, Terminal } from './terminal.ts'

const scene = new Scene()
const terminals: Terminal[] = []
const place = (name: string): string => join(scene.directory, name)

beforeAll(async () => {
  await scene.makeFleet({ 'inventory.yml': '"*": {level: staging}\n' })
  await scene.startMaster()
  await scene.join('m1')
})
afterEach(() => {
  for (const terminal of terminals.splice(0)) terminal.close()
})
afterAll(() => scene.close())

function open(words: readonly string[]): Terminal {
  const env = { ...scene.env, TERM: 'xterm-256color' }
  const terminal = new Terminal(process.execPath, [PROGRAM, ...words], env)
  terminals.push(terminal)
  return terminal
}

const SHELL = ['sh', '-c', "PS1='there> ' exec sh -i"]
const shell = async (): Promise<Terminal> => {
  const terminal = open(['ssh', 'm1', '--', ...SHELL])
  await terminal.sees('there> ')
  return terminal
}

function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

const pidsIn = (file: string): readonly number[] =>
  existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').filter(Boolean).map(Number) : []

it('master ssh opens a terminal on the minion and returns its exit code', async () => {
  const terminal = await shell()

  terminal.type('tty; echo "size $(stty size)" $TERM äöü€\r')
  await terminal.sees(/\/dev\/pts\/\d+\nsize 40 120 xterm-256color äöü€\nthere> $/)
  terminal.type('exit 3\r')

  expect(await terminal.ends()).toBe(3)
})

it('master ssh passes input that arrives before its recording has started', async () => {
  const stream = await createClient(join(scene.state, 'master.sock')).stream('ssh', {
    minion: 'm1',
    term: 'dumb',
    columns: 80,
    rows: 24,
    argv: ['sh', '-c', 'read word; test "$word" = at-once; exit $((3 + $?))'],
  })
  const end = Promise.withResolvers<unknown>()
  stream.send({ type: 'channel-data', channel: 0, stream: 'in', data: Buffer.from('at-once\r') })
  stream.listen(
    message => message.type === 'channel-ended' && end.resolve(message.end),
    () => end.resolve('closed'),
  )

  expect(await end.promise).toEqual({ exit: 3 })
  stream.close()
})

it('master ssh passes changes of the window size', async () => {
  const terminal = await shell()
  terminal.type('until stty size | grep -x "33 91"; do sleep 0.1; done\r')

  terminal.resize(91, 33)

  await terminal.sees(/33 91\nthere> $/)
})

it('master ssh passes ctrl-C and ctrl-Z to the remote program', async () => {
  const terminal = await shell()

  // On ctrl-C a terminal drops pending input, so the program must have started first.
  terminal.type('sh -c "echo wai\'\'ting; exec sleep 300"\r')
  await terminal.sees('waiting')
  terminal.type(KEYS.ctrlC)
  await terminal.sees(/\^C\n?there> $/)
  terminal.type('sh -c "echo wai\'\'ting; exec sleep 301"\r')
  await terminal.sees('waiting')
  terminal.type(KEYS.ctrlZ)
  await terminal.sees(/Stopped[^\n]*sleep 301[^\n]*\n?there> $/)
  terminal.type('jobs\r')
  await terminal.sees(/Stopped[^\n]*\nthere> $/)
})

it('master ssh passes every output byte unchanged', async () => {
  const terminal = await shell()

  terminal.type(
    String.raw`printf '\033[31mred\033[0m\n'; stty -opost; printf '\200\377|'; stty opost; echo over` + '\r',
  )

  await terminal.sees(/over\n/)
  expect(terminal.raw).toContain('\u001b[31mred\u001b[0m')
})

it('master ssh prints all of a long output and then restores the terminal', async () => {
  const terminal = open(['ssh', 'm1', '--', 'sh', '-c', 'seq 1 200000; exit 9'])

  expect(await terminal.ends()).toBe(9)
  expect(terminal.shown.trim().split('\n').slice(-2)).toEqual(['199999', '200000'])
  expect(terminal.shown.length).toBeGreaterThan(1_280_000)
})

it('a flood of output to an operator who does not read it does not block other operators', async () => {
  const flood = scene.begin(['run', 'm1', '--', 'sh', '-c', 'yes | head -c 100000000'])
  const answers: number[] = []
  for (let count = 0; count < 5; count++) {
    const said = JSON.parse(await scene.must(['--json', 'ping', 'm1'])) as {
      readonly answers: readonly { readonly ms: number }[]
    }
    answers.push(said.answers[0]?.ms ?? Number.POSITIVE_INFINITY)
  }
  flood.kill()
  await flood.done

  answers.sort((a, b) => a - b)
  expect(answers[2]).toBeLessThan(10_000)
})

it('typing ~. at the start of a line ends master ssh and the remote programs', async () => {
  const file = place('left-pids')
  const terminal = await shell()
  terminal.type(`trap '' HUP; sh -c 'trap "" HUP; echo $$ > ${file}; sleep 300; true'\r`)
  await until('it runs', () => pidsIn(file).length === 1)

  terminal.type('\r~.')

  expect(await terminal.ends()).not.toBe(0)
  await until('it is gone', () => pidsIn(file).every(pid => !isAlive(pid)))
})

it('master ssh leaves no process on the minion when the CLI or the master is killed', async () => {
  for (const kill of ['cli', 'master'] as const) {
    const file = place(`killed-${kill}`)
    const terminal = await shell()
    terminal.type(`sh -c 'trap "" HUP TERM; echo $$ >> ${file}; sleep 300; true' & echo $$ >> ${file}\r`)
    await until('both run', () => pidsIn(file).length === 2)

    if (kill === 'master') await scene.kill('master')
    else process.kill(terminal.pid, 'SIGKILL')

    await until('both are gone', () => pidsIn(file).every(pid => !isAlive(pid)))
    if (kill === 'master') {
      expect(await terminal.ends()).toBe(4)
      await scene.startMaster()
      await scene.here('m1')
    }
  }
})

it('master ssh requires a terminal and a known minion', async () => {
  const piped = await scene.run(['ssh', 'm1'])
  const unknown = open(['ssh', 'm7'])

  expect(piped.code).toBe(2)
  expect(piped.err).toContain('`master ssh` needs a terminal')
  expect(await unknown.ends()).toBe(3)
  expect(unknown.shown).toContain('TARGET_MATCHES_NOBODY')
})

it('a minion can disable terminals in minion.yml, and master ssh names that file', async () => {
  const config = join(scene.minionState('m1'), 'minion.yml')
  const before = readFileSync(config, 'utf8')
  await scene.kill('minion-m1')
  writeFileSync(config, `${before}sessions: {terminal: false}\n`)
  scene.startMinion('m1')
  await scene.here('m1')

  const terminal = open(['ssh', 'm1'])

  expect(await terminal.ends()).toBe(4)
  expect(terminal.shown).toContain('SESSION_REFUSED: this minion is configured to refuse terminals')
})

it('the event log records the start and the end of every session', async () => {
  const lines = (await scene.must(['events', '--limit', '1000'])).split('\n')

  const opened = lines.filter(line => line.includes('session-opened'))
  expect(opened.length).toBeGreaterThan(5)
  expect(opened[0]).toContain('m1')
  expect(lines.filter(line => line.includes('session-ended')).length).toBe(opened.length)
})
