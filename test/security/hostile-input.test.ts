import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { z } from 'zod'
import { STREAM_INPUTS } from '../../master/sessions/stream-contract.ts'
import { isVerbName, VERBS, type VerbName, verbNamed } from '../../master/verbs/index.ts'
import { MATRIX } from '../journey/rights-matrix.ts'
import { Scene } from '../journey/scene.ts'

/** Threat 12 at the API: sends hostile texts of every kind to a real master, with files nearby that it must not find. */

const CANARY = 'canary-that-nobody-named'
const scene = new Scene()

beforeAll(async () => {
  await scene.makeFleet({
    'roles/demo/role.yml': 'summary: nothing\n',
    'roles/demo/states.yml': '{}\n',
    'inventory.yml': '{}\n',
    'pillar/top.yml': '- {match: "*", files: [common]}\n',
    'pillar/common.yml': 'a: 1\n',
  })
  await scene.startMaster()
  // At every place from which a path may resolve, with every suffix that the master appends to a name.
  for (const place of [scene.directory, scene.state, join(scene.state, 'identity'), scene.fleet]) {
    mkdirSync(place, { recursive: true })
    for (const suffix of ['', '.yml', '.cast', '.json', '.key', '.hbs']) {
      writeFileSync(join(place, `canary${suffix}`), `${CANARY}: ${CANARY}\n`)
    }
  }
})
afterAll(() => scene.close())

/** Only a few, because each call makes the master read its whole fleet: paths up from any of its directories, and down again. */
const HOSTILE = (): readonly string[] => [
  '../canary',
  '../../canary',
  '../identity/canary',
  join(scene.state, 'canary'),
  'a\u0000b',
  '__proto__',
]

function post(path: string, input: unknown): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const socketPath = join(scene.state, 'master.sock')
    const outgoing = request({ socketPath, method: 'POST', path }, response => {
      let text = ''
      response.on('data', chunk => (text += String(chunk)))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    outgoing.on('error', reject)
    outgoing.end(JSON.stringify(input))
  })
}

/** Every input of the verb with one text, or one text of a list, replaced by a hostile one. */
function inputsOf(verb: VerbName, text: string): readonly object[] {
  const base = { ...MATRIX[verb]?.input, ...(verb === 'events' ? { follow: false } : {}) }
  return Object.entries<z.ZodType>(verbNamed(verb).input.shape).flatMap(([name, gate]): readonly object[] => {
    const options = [text, [text], { [text]: text }]
    return options.filter(option => gate.safeParse(option).success).map(option => ({ ...base, [name]: option }))
  })
}

/** Returns hashes of all files except those that a master writes in operation. */
function tree(): { readonly [path: string]: string } {
  const names = readdirSync(scene.directory, { recursive: true, encoding: 'utf8' }).map(name =>
    join(scene.directory, name),
  )
  const own = (path: string): boolean =>
    /\/(saltern\.db|lock\.db|master\.log)/.test(path) || dirname(path) === join(scene.fleet, 'pillar')
  return Object.fromEntries(
    names
      .filter(path => !own(path) && statSync(path).isFile())
      .map(path => [path, createHash('sha256').update(readFileSync(path)).digest('hex')]),
  )
}

it('the API returns nothing outside of what was asked for, and touches no other file', async () => {
  const before = tree()
  const pillarFiles = readdirSync(join(scene.fleet, 'pillar'))
  const answers: (readonly [string, number])[] = []
  for (const verb of VERBS.map(({ name }) => name)) {
    for (const text of HOSTILE()) {
      for (const input of inputsOf(verb, text)) {
        const { status, text: answer } = await post(`/v1/${verb}`, input)
        expect([verb, input, answer.includes(CANARY)]).toEqual([verb, input, false])
        answers.push([`${verb} ${JSON.stringify(input)}`, status])
      }
    }
  }

  expect(tree()).toEqual(before)
  expect(readdirSync(join(scene.fleet, 'pillar'))).toEqual(pillarFiles)
  // Each was rejected as invalid, or executed; none caused an internal error.
  expect(answers.filter(([, status]) => status !== 200 && status !== 400)).toEqual([])
  expect(answers.length).toBeGreaterThan(200)
})

it('the API rejects names of object properties as unknown verbs', async () => {
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty', '../v1/status', 'status/../keys']) {
    expect((await post(`/v1/${name}`, {})).status, name).toBe(404)
  }
})

it('no name of a stream verb is also the name of an API verb', () => {
  expect(Object.keys(STREAM_INPUTS).filter(isVerbName)).toEqual([])
})
