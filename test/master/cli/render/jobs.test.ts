import { expect, it } from 'vitest'
import { renderJobs } from '../../../../master/cli/render/jobs.ts'
import { PLAIN } from '../../../../master/cli/render/style.ts'
import { jobList } from './table-scenes.ts'

it('the command below the list of jobs stays on one line, so that it can be copied', () => {
  const newest = jobList().find(({ runs }) => (runs.failed ?? 0) > 0)
  const lines = [60, 80, 90, 100].map(width => renderJobs(jobList(), { ...PLAIN, width }).split('\n'))

  expect(newest).toBeDefined()
  expect(lines.filter(all => !all.some(line => line.includes(`master report ${newest?.job}`)))).toEqual([])
})
