import { expect, it } from 'vitest'
import { debconfSet } from '../../../states/debconf/set.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeSystem } from '../../fake/fake-system.ts'

const POSTFIX = {
  name: 'postfix',
  data: {
    'postfix/main_mailer_type': { type: 'select', value: 'Internet Site' },
    'postfix/mailname': { type: 'string', value: 'mail.example.org' },
  },
}

function hostWith(answers: { readonly [question: string]: string }): FakeSystem {
  const known = new Map(Object.entries(answers))
  return createFakeSystem({
    query: argv => {
      if (argv.join(' ') !== 'debconf-show postfix') return undefined
      return [...known].map(([question, value], index) => `${index === 0 ? '*' : ' '} ${question}: ${value}\n`).join('')
    },
    run({ argv, stdin }) {
      for (const line of String(stdin).trim().split('\n')) {
        const [, question = '', , ...words] = line.split(' ')
        known.set(question, words.join(' '))
      }
      return argv.join(' ') === 'debconf-set-selections'
    },
  })
}

it('debconf.set sets an answer that does not exist yet', async () => {
  const { actions, left } = await applyState(debconfSet, POSTFIX, hostWith({}))

  expect(actions).toMatchObject([
    {
      do: 'run',
      argv: ['debconf-set-selections'],
      stdin:
        'postfix postfix/main_mailer_type select Internet Site\npostfix postfix/mailname string mail.example.org\n',
    },
  ])
  expect(left).toEqual([])
})

it('debconf.set leaves correct answers unchanged', async () => {
  const answers = { 'postfix/main_mailer_type': 'Internet Site', 'postfix/mailname': 'mail.example.org', other: 'x' }

  expect(await planState(debconfSet, POSTFIX, hostWith(answers))).toEqual([])
})

it('debconf.set changes only answers that drifted', async () => {
  const answers = { 'postfix/main_mailer_type': 'Internet Site', 'postfix/mailname': 'localhost' }

  expect(await planState(debconfSet, POSTFIX, hostWith(answers))).toMatchObject([
    { stdin: 'postfix postfix/mailname string mail.example.org\n' },
  ])
})

it('debconf.set rejects an invalid answer', () => {
  const check = (answer: object) => debconfSet.check({ name: 'postfix', data: { 'postfix/mailname': { ...answer } } })

  expect(check({ type: 'string', value: 'a\nb' })).toMatchObject({ ok: false })
  expect(check({ type: 'text' })).toMatchObject({ ok: false })
  expect(check({ type: 'password', value: 'x' })).toMatchObject({ ok: false })
  expect(check({ type: 'boolean', value: true })).toMatchObject({ ok: true })
})

it('debconf.set does nothing when it is applied twice', async () => {
  const host = hostWith({})

  await applyState(debconfSet, POSTFIX, host)

  expect((await applyState(debconfSet, POSTFIX, host)).actions).toEqual([])
})
