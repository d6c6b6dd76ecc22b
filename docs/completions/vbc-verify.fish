complete -c vbc-verify -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless NO_COLOR is set; elsewhere too if CLICOLOR_FORCE is'
always\t'Colour everywhere'
never\t'No colour'"
complete -c vbc-verify -s j -l jobs -d 'Threads to use; as many as there are processors by default' -r
complete -c vbc-verify -l error-limit -d 'Stop printing after this many errors; 0 prints all' -r
complete -c vbc-verify -l explain -d 'Explain a diagnostic code such as V0137, with an example, and exit' -r
complete -c vbc-verify -l limit -d 'Lower one of the limits, for tests' -r
complete -c vbc-verify -l generate -d 'Print the man page or the completions for a shell, and exit' -r -f -a "man\t'The man page, in roff'
bash\t'Completions for bash'
zsh\t'Completions for zsh'
fish\t'Completions for fish'
powershell\t'Completions for PowerShell'"
complete -c vbc-verify -l crc-only -d 'Check the CRCs and the framing only, also of the old layouts called version 2'
complete -c vbc-verify -l structure -d 'Check all but the code'
complete -c vbc-verify -s r -l recursive -d 'Check the .vitbc and .vitasm files in folders'
complete -c vbc-verify -l tee -d 'Pass a valid module through to standard output; nothing of one that is not'
complete -c vbc-verify -l force -d 'Let --tee write a binary module even to a terminal'
complete -c vbc-verify -s q -l quiet -d 'Print errors only: no warnings, no progress'
complete -c vbc-verify -s v -l verbose -d 'Say on standard error what is done, and how long it takes; repeat for more'
complete -c vbc-verify -l json -d 'Print diagnostics as JSON, one object a line; the result too where the tool has a JSON form'
complete -c vbc-verify -l limits -d 'Print the limits that input must keep, and exit'
complete -c vbc-verify -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vbc-verify -s V -l version -d 'Print version'
