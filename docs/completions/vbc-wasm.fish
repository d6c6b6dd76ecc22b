complete -c vbc-wasm -l emit -d 'What to write: the binary form or the text form' -r -f -a "wasm\t'Binary, `.wasm`'
wat\t'Text, `.wat`'"
complete -c vbc-wasm -l seed -d 'Where deterministic random numbers begin' -r
complete -c vbc-wasm -s o -l output -d 'Write the result to a file, which is replaced at once or not at all; - is standard output, the default' -r
complete -c vbc-wasm -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless NO_COLOR is set; elsewhere too if CLICOLOR_FORCE is'
always\t'Colour everywhere'
never\t'No colour'"
complete -c vbc-wasm -s j -l jobs -d 'Threads to use; as many as there are processors by default' -r
complete -c vbc-wasm -l error-limit -d 'Stop printing after this many errors; 0 prints all' -r
complete -c vbc-wasm -l explain -d 'Explain a diagnostic code such as V0137, with an example, and exit' -r
complete -c vbc-wasm -l limit -d 'Lower one of the limits, for tests' -r
complete -c vbc-wasm -l generate -d 'Print the man page or the completions for a shell, and exit' -r -f -a "man\t'The man page, in roff'
bash\t'Completions for bash'
zsh\t'Completions for zsh'
fish\t'Completions for fish'
powershell\t'Completions for PowerShell'"
complete -c vbc-wasm -l reactor -d 'Make a library, whose _initialize the host calls first, instead of a command'
complete -c vbc-wasm -l single-memory -d 'Use the program\'s own memory for WASI, too, for engines that have only one'
complete -c vbc-wasm -l keep-native -d 'Leave functions of C libraries to the host, as imports in which pointers are 64-bit integers'
complete -c vbc-wasm -l mem64 -d 'Give a program with a 32-bit memory a 64-bit one'
complete -c vbc-wasm -l deterministic -d 'Make clocks, randomness and NaNs the same in every run'
complete -c vbc-wasm -s g -l debug -d 'Add files, lines and functions for debuggers'
complete -c vbc-wasm -l strip -d 'Leave out names'
complete -c vbc-wasm -l force -d 'Write binary output even to a terminal'
complete -c vbc-wasm -s q -l quiet -d 'Print errors only: no warnings, no progress'
complete -c vbc-wasm -s v -l verbose -d 'Say on standard error what is done, and how long it takes; repeat for more'
complete -c vbc-wasm -l json -d 'Print diagnostics as JSON, one object a line; the result too where the tool has a JSON form'
complete -c vbc-wasm -l limits -d 'Print the limits that input must keep, and exit'
complete -c vbc-wasm -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vbc-wasm -s V -l version -d 'Print version'
