import { expect, it } from 'vitest'
import { loadLibrary } from '../../../../master/compile/role/library.ts'
import { rolesNeeded } from '../../../../master/compile/role/roles-needed.ts'

it('the roles whose exports a role reads are found in YAML and templates, each once, without compiling', () => {
  const files = {
    'roles/db/role.yml': 'summary: x\n',
    'roles/db/states.yml': `a:\n  cmd.run: {cmd: ["{{export 'masterdb' 'address'}}", "{{#each (exports \\"web\\" \\"endpoint\\")}}{{/each}}"]}\n`,
    'roles/db/templates/x.hbs': '{{#each (exports "web" "endpoint")}}{{/each}} {{upper (export "log" "address")}}\n',
    'roles/db/files/y': '{{export "files" "are"}} not rendered',
    'roles/web/states.yml': '',
  }
  const bytes = Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)] as const)

  expect(Object.fromEntries(rolesNeeded(loadLibrary(new Map(bytes))))).toEqual({ db: ['log', 'masterdb'], web: [] })
})
