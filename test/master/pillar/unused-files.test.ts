import { expect, it } from 'vitest'
import { loadPillar } from '../../../master/pillar/for-minion.ts'
import { unusedPillarFiles } from '../../../master/pillar/unused-files.ts'

const load = (files: { readonly [path: string]: string }) =>
  unusedPillarFiles(
    loadPillar(path => files[path], { fleet: 'fleet-one', keys: [] }),
    Object.keys(files),
  )

it('a pillar file that pillar/top.yml never names is reported with the line to add', () => {
  const top = '- match: "*"\n  files: [common]\n'

  expect(
    load({ 'pillar/top.yml': top, 'pillar/common.yml': '', 'pillar/site.yml': '', 'roles/a/states.yml': '' }),
  ).toEqual([
    {
      code: 'PILLAR_FILE_UNUSED',
      message: 'no line of pillar/top.yml names `site`, so no minion gets its values',
      hint: 'Name it in pillar/top.yml: `- {match: "*", files: [site]}`, or remove the file.',
      source: { file: 'pillar/site.yml', line: 1, column: 1 },
    },
  ])
})

it('a pillar file is not reported as unused while the top file cannot be read', () => {
  expect(load({ 'pillar/top.yml': '- match: [\n', 'pillar/site.yml': '' })).toEqual([])
})
