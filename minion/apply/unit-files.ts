import type { Action } from '../../states/action.ts'

/** True for a file from which systemd makes units; it reads them again only on a daemon-reload. Pure. */
export function isUnitFile(path: string): boolean {
  return path === '/etc/fstab' || /^\/(?:etc|run|lib|usr\/lib|usr\/local\/lib)\/systemd\/system\//.test(path)
}

/** Puts a daemon-reload before actions that start or restart units, unless there is one. Pure. */
export function withReload(actions: readonly Action[]): readonly Action[] {
  const first = actions.findIndex(action => action.do === 'unit' || action.do === 'daemon-reload')
  return first < 0 || actions[first]?.do === 'daemon-reload' ? actions : [{ do: 'daemon-reload' }, ...actions]
}
