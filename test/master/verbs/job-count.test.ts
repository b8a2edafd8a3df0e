import { expect, it } from 'vitest'
import { parseCommand } from '../../../master/cli/parse.ts'
import { jobCountVerb } from '../../../master/verbs/jobs.ts'
import { runVerb } from '../run-verb.ts'
import { openFixture } from '../store/fixture.ts'

it('`job-count` of a fresh store is 0', async () => {
  const { store } = openFixture()

  expect(await runVerb(jobCountVerb, { store }, {})).toEqual({ jobs: 0 })
})

it('`master jobs count` calls the verb job-count', () => {
  expect(parseCommand(['jobs', 'count'], '1.2.3')).toMatchObject({ kind: 'call', call: { verb: 'job-count' } })
})
