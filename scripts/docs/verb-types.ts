import { join } from 'node:path'
import { API, type Project, type Type } from 'typescript/unstable/sync'

export const PROJECT = join(import.meta.dirname, '..', '..')

/** What one verb answers with. */
export interface VerbTypes {
  /** Of its lines; `never` for a verb without. */
  readonly event: Type
  readonly result: Type
}

/** Does something with the types of this project. Reads all of them, which takes seconds. */
export function withProject<Made>(work: (project: Project) => Made): Made {
  const api = new API({ cwd: PROJECT })
  try {
    const config = join(PROJECT, 'tsconfig.json')
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)
    if (project === undefined) throw new TypeError('the compiler does not know the project')
    return work(project)
  } finally {
    api.close()
  }
}

/** The types of every verb by its name, from the lists of verbs that are exported. */
export function readVerbTypes(project: Project): ReadonlyMap<string, VerbTypes> {
  const files = project.program.getSourceFileNames().filter(file => file.startsWith(join(PROJECT, 'master/verbs/')))
  return new Map(files.flatMap(file => verbsIn(project, file)))
}

function verbsIn({ program, checker }: Project, path: string): readonly (readonly [string, VerbTypes])[] {
  const file = program.getSourceFile(path)
  const module = file && checker.getSymbolAtLocation(file)
  return (module === undefined ? [] : checker.getExportsOfModule(module)).flatMap(symbol => {
    // `keyVerbs`, the verbs of one noun.
    const list = /^[a-z]\w*Verbs$/.test(symbol.name) ? checker.getTypeOfSymbol(symbol) : undefined
    return (list === undefined ? [] : checker.getTypeArguments(list as never)).flatMap(type => {
      const [name, , event, result] = checker.getTypeArguments(type as never)
      if (!name?.isLiteralType() || event === undefined || result === undefined) return []
      return [[String(name.value), { event, result }] as const]
    })
  })
}
