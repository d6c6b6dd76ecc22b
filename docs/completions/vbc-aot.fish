complete -c vbc-aot -s o -l output -d 'Write the result to a file, which is replaced at once or not at all; - is standard output, the default' -r
complete -c vbc-aot -l target -d 'The processor to compile for; by default this machine\'s' -r -f -a "x86_64\t'x86-64'
aarch64\t'64-bit Arm'
riscv64\t'64-bit RISC-V with the extensions of rv64gc'"
complete -c vbc-aot -l cpu -d 'Let code use more than the first processors of the kind have: native for all that this one has, or features and models such as sse41, x86-64-v3, separated by commas' -r
complete -c vbc-aot -l header -d 'Also write a C header with the functions that the program exports and imports' -r -F
complete -c vbc-aot -l emit -d 'What to write' -r -f -a "obj\t'An object file'
asm\t'Machine code as text'
clif\t'Cranelift\'s representation, as translated and as optimised'"
complete -c vbc-aot -l only -d 'Print this function only' -r
complete -c vbc-aot -l opt -d 'How hard to try for fast code' -r -f -a "none\t'Compile fast'
speed\t'Make fast code'
size\t'Make small code where that costs little'"
complete -c vbc-aot -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless NO_COLOR is set; elsewhere too if CLICOLOR_FORCE is'
always\t'Colour everywhere'
never\t'No colour'"
complete -c vbc-aot -s j -l jobs -d 'Threads to use; as many as there are processors by default' -r
complete -c vbc-aot -l error-limit -d 'Stop printing after this many errors; 0 prints all' -r
complete -c vbc-aot -l explain -d 'Explain a diagnostic code such as V0137, with an example, and exit' -r
complete -c vbc-aot -l limit -d 'Lower one of the limits, for tests' -r
complete -c vbc-aot -l generate -d 'Print the man page or the completions for a shell, and exit' -r -f -a "man\t'The man page, in roff'
bash\t'Completions for bash'
zsh\t'Completions for zsh'
fish\t'Completions for fish'
powershell\t'Completions for PowerShell'"
complete -c vbc-aot -l force -d 'Write binary output even to a terminal'
complete -c vbc-aot -s g -l debug -d 'Add files, lines and functions for debuggers'
complete -c vbc-aot -l export-all -d 'Let C call every function with a global symbol, not only exported ones'
complete -c vbc-aot -l no-signals -d 'Find traps by tests in the code instead of signals, and leave the process\'s signals alone'
complete -c vbc-aot -l no-guard-pages -d 'Check every address instead of surrounding memory with unusable pages'
complete -c vbc-aot -l metered -d 'Count fuel and look at the clock, so that VBC_FUEL and VBC_TIMEOUT can bound a run'
complete -c vbc-aot -l deterministic -d 'Make runs the same bit for bit: clocks count, random numbers start with 0, all NaNs are the same'
complete -c vbc-aot -s q -l quiet -d 'Print errors only: no warnings, no progress'
complete -c vbc-aot -s v -l verbose -d 'Say on standard error what is done, and how long it takes; repeat for more'
complete -c vbc-aot -l json -d 'Print diagnostics as JSON, one object a line; the result too where the tool has a JSON form'
complete -c vbc-aot -l limits -d 'Print the limits that input must keep, and exit'
complete -c vbc-aot -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vbc-aot -s V -l version -d 'Print version'
