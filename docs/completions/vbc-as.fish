complete -c vbc-as -l file-prefix-map -d 'Record file names that begin with OLD as if they began with NEW; may be repeated, the last that applies counts' -r
complete -c vbc-as -s o -l output -d 'Write the result to a file, which is replaced at once or not at all; - is standard output, the default' -r
complete -c vbc-as -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless NO_COLOR is set; elsewhere too if CLICOLOR_FORCE is'
always\t'Colour everywhere'
never\t'No colour'"
complete -c vbc-as -s j -l jobs -d 'Threads to use; as many as there are processors by default' -r
complete -c vbc-as -l error-limit -d 'Stop printing after this many errors; 0 prints all' -r
complete -c vbc-as -l explain -d 'Explain a diagnostic code such as V0137, with an example, and exit' -r
complete -c vbc-as -l limit -d 'Lower one of the limits, for tests' -r
complete -c vbc-as -l generate -d 'Print the man page or the completions for a shell, and exit' -r -f -a "man\t'The man page, in roff'
bash\t'Completions for bash'
zsh\t'Completions for zsh'
fish\t'Completions for fish'
powershell\t'Completions for PowerShell'"
complete -c vbc-as -l check -d 'Only report errors; write nothing'
complete -c vbc-as -l format -d 'Write the text itself, laid out: indentation, spaces, case, columns; comments stay'
complete -c vbc-as -l canonical -d 'Write the canonical text of the module instead of the module'
complete -c vbc-as -l zstd -d 'Compress sections with zstd where that makes them smaller'
complete -c vbc-as -s g -l debug -d 'Keep names, files and lines for debuggers, which is the default'
complete -c vbc-as -l strip-debug -d 'Leave out names, files and lines'
complete -c vbc-as -l embed-source -d 'Put the text itself into the module'
complete -c vbc-as -l force -d 'Write binary output even to a terminal'
complete -c vbc-as -s q -l quiet -d 'Print errors only: no warnings, no progress'
complete -c vbc-as -s v -l verbose -d 'Say on standard error what is done, and how long it takes; repeat for more'
complete -c vbc-as -l json -d 'Print diagnostics as JSON, one object a line; the result too where the tool has a JSON form'
complete -c vbc-as -l limits -d 'Print the limits that input must keep, and exit'
complete -c vbc-as -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vbc-as -s V -l version -d 'Print version'
