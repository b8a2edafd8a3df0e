import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { expect, it } from 'vitest'
import { renderJunit } from '../../../../../master/cli/render/formats/junit.ts'
import { type Summary, summaryOfApply, summaryOfReports } from '../../../../../master/cli/render/formats/summary.ts'
import { CI_RESULT, run, state } from './ci-result.ts'
import { junitFaults } from './junit-rules.ts'

interface Case {
  readonly name: string
  readonly failure?: { readonly '#text': string }
  readonly skipped?: { readonly message: string }
}

function casesOf(summary: Summary): readonly Case[] {
  const text = renderJunit(summary)
  expect(XMLValidator.validate(text)).toBe(true)
  expect(junitFaults(text)).toEqual([])
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    isArray: name => name === 'testcase',
  })
  const { testsuites } = parser.parse(text) as { testsuites: { testsuite: { testcase: readonly Case[] } } }
  return testsuites.testsuite.testcase
}

const of = (...runs: (typeof CI_RESULT)['runs']) => summaryOfApply({ ...CI_RESULT, runs, offline: [], leftOut: [] })

it('a result as JUnit follows the rules of the format, with its numbers', () => {
  expect(junitFaults(renderJunit(summaryOfApply(CI_RESULT)))).toEqual([])
})

it('a result as JUnit skips what did not run because of another state', () => {
  const failed = run('a', [state('/x', 'failed'), state('/y', 'blocked', { note: 'requires /x' })], {
    state: 'failed',
  })

  expect(casesOf(of(failed))).toMatchObject([{ failure: {} }, { skipped: { message: 'blocked: requires /x' } }])
})

it('a result as JUnit has one case for a state of two rounds, failed if any of them failed', () => {
  const rounds = [
    run('a', [state('/x', 'failed')], { state: 'failed' }),
    run('a', [state('/x', 'changed')], { run: 'run-2', wave: 1 }),
  ]

  expect(casesOf(of(...rounds))).toMatchObject([{ name: 'file.managed /x', failure: {} }])
})

it('a result as JUnit stays XML whatever a host says', () => {
  const message = '</failure>]]>&\u0000\u001b\ud800\ufffe"'
  const failed = state('<x>', 'failed', { problem: { code: 'PROGRAM_FAILED', message } })

  expect(casesOf(of(run('a', [failed], { state: 'failed' })))).toMatchObject([{ name: 'file.managed <x>' }])
})

it('a result as JUnit has a case for a minion without states, so that it is not missing', () => {
  expect(casesOf(of(run('a', [])))).toMatchObject([{ name: 'run' }])
  expect(casesOf(of(run('a', [], { state: 'expired' })))).toMatchObject([{ name: 'run', failure: {} }])
})

it('a result as JUnit is there for no reports at all', () => {
  expect(junitFaults(renderJunit(summaryOfReports({ reports: [], without: [] })))).toEqual([])
})
