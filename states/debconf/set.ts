import { isJsonObject } from '../../protocol/json.ts'
import { defineState } from '../define.ts'
import { describeValue, type Kind, mapOf } from '../kinds.ts'
import { packageName } from '../name-kinds.ts'
import { required } from '../params.ts'

interface Answer {
  readonly type: string
  readonly value: string
}

const TYPES = ['string', 'boolean', 'select', 'multiselect', 'note', 'text']

/** An answer for debconf-set-selections(1). A map stays a map, because catalogs are checked twice. */
function answer(): Kind<Answer> {
  const expected = 'a map of `type` (such as `string`, `boolean`, `select`) and `value`'
  return {
    expected,
    secret: false,
    check(value) {
      if (isJsonObject(value)) {
        const { type, value: text, ...more } = value
        const plain = typeof text === 'boolean' || typeof text === 'number' ? String(text) : text
        const known = typeof type === 'string' && TYPES.includes(type) && Object.keys(more).length === 0
        if (known && typeof plain === 'string' && !/[\r\n]/.test(plain))
          return { ok: true, value: { type, value: plain } }
      }
      return { ok: false, fault: { at: '', expected, found: describeValue(value) } }
    },
  }
}

export const debconfSet = defineState({
  name: 'debconf.set',
  summary:
    'Preseeds debconf answers for a Debian package before it is installed. It does not reconfigure a package that is already installed.',
  nameKind: packageName(),
  params: { data: required(mapOf(answer()), 'Answers by question name, such as `postfix/mailname`.') },
  owns: ({ name }) => `debconf:${name}`,
  async read(system, { name }) {
    const { stdout } = await system.query(['debconf-show', name])
    return parseAnswers(stdout)
  },
  plan({ name, data }, answers) {
    const wrong = Object.entries(data).filter(([question, { value }]) => answers.get(question) !== value)
    if (wrong.length === 0) return []
    const lines = wrong.map(([question, { type, value }]) => `${name} ${question} ${type} ${value}\n`)
    const summary = `answer ${wrong.map(([question]) => question).join(', ')}`
    return [{ do: 'run', summary, argv: ['debconf-set-selections'], stdin: lines.join('') }]
  },
})

/** Parses lines such as `* postfix/mailname: example.org`; the star marks a question that was seen. Pure. */
function parseAnswers(text: string): ReadonlyMap<string, string> {
  const pairs = text.split('\n').flatMap(line => {
    const [, question, value] = /^[* ] ([^\s:]+):(?: (.*))?$/.exec(line) ?? []
    return question === undefined ? [] : [[question, value ?? ''] as const]
  })
  return new Map(pairs)
}
