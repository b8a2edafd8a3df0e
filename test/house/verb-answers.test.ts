import { describe, expect, it } from 'vitest'
import { answerTo } from '../../master/cli/commands/index.ts'
import { VERBS } from '../../master/verbs/index.ts'

describe('the commands', () => {
  it.each(VERBS.map(({ name }) => name))('show the result of the verb `%s`', name => {
    expect(answerTo(name)).toMatchObject({ verb: name })
  })
})
