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
complete -o bashdefault -o default -F _saltern_master master
`,
  zsh: `# completion of \`master\` for zsh: eval "$(master completion zsh)"
_saltern_master() {
  local -a found whole begun
  found=(\${(f)"$(master complete -- "\${(j: :)words[2,CURRENT]}" 2>/dev/null)"})
  (( $#found )) || { _files; return }
  whole=(\${found:#*[=.]})
  begun=(\${(M)found:#*[=.]})
  (( $#begun )) && compadd -Q -S '' -- $begun
  (( $#whole )) && compadd -Q -- $whole
}
compdef _saltern_master master
`,
} as const

export type CompletedShell = keyof typeof COMPLETION_SCRIPTS
