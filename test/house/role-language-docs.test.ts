import { expect, it } from 'vitest'
import { loadLibrary } from '../../master/compile/role/library.ts'
import { readSource } from './source-files.ts'

/** Examples that are a complete or partial role.yml. */
const examples = [...readSource('docs/role-language.md').matchAll(/^```yaml\n(.*?)^```$/gms)]
  .map(([, text = '']) => text)
  .filter(text => /^(summary|checks|contract):/.test(text))

it.each(examples)('the role.yml example of docs/role-language.md parses: %s', text => {
  const files = { 'roles/web/role.yml': text, 'roles/web/states.yml': '' }
  const bytes = Object.entries(files).map(([path, content]) => [path, new TextEncoder().encode(content)] as const)

  for (const role of ['base', 'backup']) {
    const path = `roles/${role}/role.yml`
    bytes.push([path, new TextEncoder().encode(readSource(path))] as const)
  }

  expect(loadLibrary(new Map(bytes)).roles.get('web')?.problems).toEqual([])
})

it('docs/role-language.md has three role.yml examples', () => {
  expect(examples).toHaveLength(3)
})
