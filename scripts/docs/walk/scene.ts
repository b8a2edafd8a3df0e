import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Scene, until } from '../../../test/journey/scene.ts'
import type { SourceFunction } from './functions.ts'
import type { Call, Calls } from './graph.ts'

const RECORD = join(import.meta.dirname, 'record.ts')

/** Runs a master, a minion with the role `db`, and `master apply role=db` as processes, and records the calls of that apply. */
export async function recordApply(functions: readonly SourceFunction[]): Promise<Calls> {
  const scene = new WalkScene()
  try {
    return await scene.record(functions)
  } finally {
    await scene.close()
  }
}

class WalkScene extends Scene {
  readonly #calls = join(this.directory, 'calls')

  override get env(): NodeJS.ProcessEnv {
    return { ...super.env, SALTERN_WALK: this.#calls, NODE_OPTIONS: `--import=${RECORD}`, NODE_COMPILE_CACHE: '' }
  }

  async record(functions: readonly SourceFunction[]): Promise<Calls> {
    mkdirSync(this.#calls)
    writeFileSync(join(this.#calls, 'functions.json'), JSON.stringify(functions))
    await this.makeFleet(this.#roleDb())
    await this.startMaster()
    await this.must(['pillar', 'set', 'password', '--file', 'db'], 'correct horse battery\n')
    await this.join('db1')
    const pids = [this.pid('master'), this.pid('minion-db1')]
    for (const pid of pids) process.kill(pid, 'SIGUSR2')
    const { code, out, err } = await this.run(['apply', 'role=db'], '', { SALTERN_WALK_NOW: '1' })
    if (code !== 0) throw new Error(`\`master apply role=db\` ended with exit code ${code}:\n${err}${out}`)
    for (const pid of pids) process.kill(pid, 'SIGUSR2')
    const [master = [], minion = []] = await Promise.all(pids.map(pid => this.#read(String(pid))))
    return { 'Command line': await this.#read('command-line'), Master: master, Minion: minion }
  }

  /** A role with two files below the temporary directory, one with a secret, which any user can apply. */
  #roleDb(): { readonly [path: string]: string } {
    return {
      'roles/db/role.yml':
        'summary: a database server\npillar:\n  password: {type: secret}\n  port: {type: integer, default: 5432}\n',
      'roles/db/states.yml': `${this.out}/db.conf:
  file.managed: {contents: "port = {{pillar.port}}\\n", ${this.owner}}
${this.out}/password:
  file.managed:
    contents: "{{pillar.password}}\\n"
    require: [{file: ${this.out}/db.conf}]
    ${this.owner.replace(', ', '\n    ')}
`,
      'inventory.yml': 'db1: {roles: [db], level: staging}\n',
      'pillar/top.yml': '- match: id=db1\n  files: [db]\n',
    }
  }

  /** Reads the calls that a process wrote. */
  async #read(name: string): Promise<readonly Call[]> {
    let calls: readonly (readonly [number, number])[] | undefined
    await until(`${name} has written its calls`, () => {
      try {
        calls = JSON.parse(readFileSync(join(this.#calls, `${name}.json`), 'utf8')) as typeof calls
      } catch {
        return false
      }
      return true
    })
    return (calls ?? []).map(([from, to]) => ({ from, to }))
  }
}
