const ZSH = `_saltern_master() {
  local -a found whole begun
  found=(\${(f)"$(master complete -- "\${(j: :)words[2,CURRENT]}" 2>/dev/null)"})
  (( $#found )) || { _files; return }
  whole=(\${found:#*[=.]})
  begun=(\${(M)found:#*[=.]})
  # A group of -V keeps the order: roles in use come first.
  (( $#whole )) && compadd -V saltern -Q -- $whole
  (( $#begun )) && compadd -V saltern -Q -S '' -- $begun
}
`

/** Scripts for `eval`. Candidates come from `master complete`, so no command is listed here. */
export const COMPLETION_SCRIPTS = {
  bash: `# completion of \`master\` for bash: eval "$(master completion bash)"
_saltern_master() {
  local line=\${COMP_LINE:0:COMP_POINT} typed cut
  mapfile -t COMPREPLY < <(master complete -- "\${line#*[[:space:]]}" 2>/dev/null)
  # bash ends words at = and : too, and puts in only what comes after.
  typed=\${line##*[[:space:]]}
  cut=\${typed%"\${typed##*[=:]}"}
  if [[ -n $cut && $COMP_WORDBREAKS == *"\${cut: -1}"* ]]; then COMPREPLY=("\${COMPREPLY[@]#"$cut"}"); fi
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[=.] ]]; then compopt -o nospace; fi
}
complete -o nosort -o bashdefault -o default -F _saltern_master master
`,
  zsh: `# completion of \`master\` for zsh: eval "$(master completion zsh)"
${ZSH}compdef _saltern_master master
`,
  fish: `# completion of \`master\` for fish: master completion fish | source
function __saltern_master
  set -l line (commandline --current-process --cut-at-cursor | string join ' ')
  set -l found (master complete -- (string replace --regex '^\\s*\\S+\\s+' '' -- $line | string join ' ') 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline --current-token)
  end
end
complete --command master --no-files --keep-order --arguments '(__saltern_master)'
`,
} as const

/** Files that a package installs: zsh calls the file itself, the others read it like `eval`. */
export const COMPLETION_FILES = {
  bash: COMPLETION_SCRIPTS.bash,
  zsh: `#compdef master\n${ZSH}_saltern_master "$@"\n`,
  fish: COMPLETION_SCRIPTS.fish,
} as const

export type CompletedShell = keyof typeof COMPLETION_SCRIPTS
