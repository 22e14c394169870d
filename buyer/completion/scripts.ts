/** The shells that completion is written for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What a shell evaluates, so that the command completes its own words: it is asked with all of them up to the cursor. */
export const SCRIPTS: Record<Shell, string> = {
  bash: `_dazaar() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _dazaar dazaar
`,
  zsh: `#compdef dazaar
_dazaar() {
  local -a found
  found=("\${(@f)$("\${(Q)words[1]}" complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then compadd -a found; else _files; fi
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
compdef _dazaar dazaar
`,
  fish: `function __dazaar_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (dazaar complete -- $words[2..] 2>/dev/null)
  if set -q found[1]
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c dazaar -f -a '(__dazaar_complete)'
`,
};
