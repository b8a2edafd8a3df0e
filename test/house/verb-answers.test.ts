import { expect, it } from 'vitest'
import { answerTo } from '../../master/cli/commands/index.ts'
import { VERBS } from '../../master/verbs/index.ts'

it.each(VERBS.map(({ name }) => name))('a CLI command shows the result of the verb `%s`', name => {
  expect(answerTo(name)).toMatchObject({ verb: name })
})
