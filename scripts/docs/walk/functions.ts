import { join, relative } from 'node:path'
import * as ast from 'typescript/unstable/ast'
import { API } from 'typescript/unstable/sync'

/** A function of the source. Named ones are shown; others belong to the enclosing named one. */
export interface SourceFunction {
  readonly id: number
  /** Relative to the project. */
  readonly file: string
  /** For example `createDispatcher.deliverJob`; undefined for an anonymous function. */
  readonly name: string | undefined
  /** The enclosing function. */
  readonly around: number | undefined
  /** The named function it belongs to: itself or an enclosing one; undefined at the top level of a module. */
  readonly owner: number | undefined
  /** Start and end offsets of the whole function. */
  readonly start: number
  readonly end: number
  readonly lines: number
  /** Where to insert a statement that runs on each call. */
  readonly body: { readonly start: number; readonly end: number; readonly isBlock: boolean }
  /** True when its body is a single call of another function with the same arguments. */
  readonly passesThrough: boolean
}

/**
 * Reads all functions of these folders; an id is an index into the list. Reads the types of the project, which takes a second.
 */
export function readFunctions(project: string, folders: readonly string[]): readonly SourceFunction[] {
  const api = new API({ cwd: project })
  try {
    const config = join(project, 'tsconfig.json')
    const { program } = api.updateSnapshot({ openProjects: [config] }).getProject(config) ?? {}
    if (program === undefined) throw new TypeError('the compiler does not know the project')
    const found: SourceFunction[] = []
    for (const path of program.getSourceFileNames().toSorted()) {
      const file = relative(project, path)
      if (!folders.some(folder => file.startsWith(`${folder}/`))) continue
      const source = program.getSourceFile(path)
      if (source !== undefined) addFunctions(source, file, found)
    }
    return found
  } finally {
    api.close()
  }
}

function addFunctions(source: ast.SourceFile, file: string, found: SourceFunction[]): void {
  const lineOf = (offset: number): number => source.getLineAndCharacterOfPosition(offset).line
  const visit = (node: ast.Node, around: SourceFunction | undefined, path: string): void => {
    let [inner, innerPath] = [around, path]
    const body = bodyOf(node)
    const own = nameOf(node)
    if (body !== undefined) {
      const name = own === undefined ? undefined : `${path}${own}`
      const id = found.length
      inner = {
        id,
        file,
        name,
        around: around?.id,
        owner: name === undefined ? around?.owner : id,
        start: node.getStart(),
        end: node.end,
        lines: lineOf(node.end) - lineOf(node.getStart()) + 1,
        body: { start: body.getStart(), end: body.end, isBlock: ast.isBlock(body) },
        passesThrough: passesThrough(node, body),
      }
      found.push(inner)
      if (name !== undefined) innerPath = `${name}.`
    } else if (ast.isClassDeclaration(node) || ast.isClassExpression(node)) {
      innerPath = `${path}${node.name?.text ?? ''}.`
    }
    node.forEachChild(child => visit(child, inner, innerPath))
  }
  source.forEachChild(child => visit(child, undefined, ''))
}

function bodyOf(node: ast.Node): ast.Node | undefined {
  if (ast.isArrowFunction(node)) return node.body
  if (ast.isFunctionDeclaration(node) || ast.isFunctionExpression(node) || ast.isMethodDeclaration(node))
    return node.body
  if (ast.isConstructorDeclaration(node)) return node.body
  if (ast.isGetAccessorDeclaration(node) || ast.isSetAccessorDeclaration(node)) return node.body
  return undefined
}

/** The name of a declaration or method; for a function expression, the name of the constant or member that holds it. */
function nameOf(node: ast.Node): string | undefined {
  if (ast.isConstructorDeclaration(node)) return 'constructor'
  if (ast.isFunctionDeclaration(node) || ast.isMethodDeclaration(node)) return node.name?.getText()
  if (ast.isGetAccessorDeclaration(node) || ast.isSetAccessorDeclaration(node)) return node.name.getText()
  if (!ast.isArrowFunction(node) && !ast.isFunctionExpression(node)) return undefined
  const { parent } = node
  const holds =
    ast.isVariableDeclaration(parent) || ast.isPropertyAssignment(parent) || ast.isPropertyDeclaration(parent)
  return holds && parent.initializer === node ? parent.name.getText() : undefined
}

/** True for a single call, possibly awaited or returned, whose arguments are the parameters in order. */
function passesThrough(node: ast.Node, body: ast.Node): boolean {
  let only: ast.Node | undefined = body
  if (ast.isBlock(body)) {
    if (body.statements.length !== 1) return false
    const [statement] = body.statements
    if (statement !== undefined && (ast.isReturnStatement(statement) || ast.isExpressionStatement(statement)))
      only = statement.expression
    else return false
  }
  while (
    only !== undefined &&
    (ast.isAwaitExpression(only) || ast.isParenthesizedExpression(only) || ast.isVoidExpression(only))
  )
    only = only.expression
  if (only === undefined || !ast.isCallExpression(only)) return false
  const { parameters } = node as ast.FunctionDeclaration
  const given = only.arguments.map(argument => argument.getText())
  const taken = parameters.map(parameter => parameter.name.getText())
  return given.length === taken.length && given.every((text, at) => text === taken[at])
}
