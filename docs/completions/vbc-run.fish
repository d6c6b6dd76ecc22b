complete -c vbc-run -l invoke -d 'Call this function instead of the entry, with arguments of its types, and print its results' -r
complete -c vbc-run -l stdin -d 'Let the program read this file as its standard input' -r -F
complete -c vbc-run -l dir -d 'Give the program this folder with all that is in it, under the name after ::, or else as it is written here' -r
complete -c vbc-run -l env -d 'Give the program an environment variable: NAME=VALUE, or NAME with the value that it has here' -r
complete -c vbc-run -l native -d 'Let the program call functions of this C library, which it names so, and which is where the system finds it or at PATH; they can do whatever this process can do' -r
complete -c vbc-run -l fuel -d 'Stop with exit code 124 after so many units of fuel: taken backward branches, calls, and pieces of 4 KiB moved at once' -r
complete -c vbc-run -l timeout -d 'Stop with exit code 124 after this time, such as 500ms, 10s or 2m; seconds without a unit' -r
complete -c vbc-run -l max-memory -d 'Let memory and tables together grow to this size at most, such as 64M or 2G; an element of a table counts 8 bytes' -r
complete -c vbc-run -l max-stack -d 'Use a call stack of this size; deeper recursion traps' -r
complete -c vbc-run -l max-heap -d 'Let managed objects take this much at most, such as 64M or 2G, and no more than --max-memory leaves' -r
complete -c vbc-run -l gc -d 'How room is made for managed objects: none frees nothing' -r
complete -c vbc-run -l sandbox -d 'Have the Linux kernel bound the whole process as well: no files but those of --dir, no network, no other programs; with try, as far as the kernel can' -r
complete -c vbc-run -l seed -d 'Start the random numbers with this number, so that they are the same each time' -r
complete -c vbc-run -l report -d 'Write to a file, as JSON, how the run ended' -r -F
complete -c vbc-run -l log -d 'Write every instruction that is executed with its values to standard error' -r -f -a "trace\t'Instructions as text'
trace=json\t'Instructions as JSON objects, one a line'"
complete -c vbc-run -l engine -d 'Choose the engine, for tests' -r
complete -c vbc-run -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless NO_COLOR is set; elsewhere too if CLICOLOR_FORCE is'
always\t'Colour everywhere'
never\t'No colour'"
complete -c vbc-run -s j -l jobs -d 'Threads to use; as many as there are processors by default' -r
complete -c vbc-run -l error-limit -d 'Stop printing after this many errors; 0 prints all' -r
complete -c vbc-run -l explain -d 'Explain a diagnostic code such as V0137, with an example, and exit' -r
complete -c vbc-run -l limit -d 'Lower one of the limits, for tests' -r
complete -c vbc-run -l generate -d 'Print the man page or the completions for a shell, and exit' -r -f -a "man\t'The man page, in roff'
bash\t'Completions for bash'
zsh\t'Completions for zsh'
fish\t'Completions for fish'
powershell\t'Completions for PowerShell'"
complete -c vbc-run -l inherit-env -d 'Give the program all environment variables'
complete -c vbc-run -l native-any -d 'Let the program call functions of any C library'
complete -c vbc-run -l deterministic -d 'Make runs the same bit for bit: clocks count, random numbers start with 0 unless --seed says otherwise, all NaNs are the same, files have no times'
complete -c vbc-run -l no-demangle -d 'Show the names of functions in backtraces as the module has them, not as sources of Rust and C++ have them'
complete -c vbc-run -l dump-vm -d 'Print the registers of the last call, the active calls and the memory to standard error'
complete -c vbc-run -l stats -d 'Count instructions by opcode and function, and print the counts to standard error'
complete -c vbc-run -s q -l quiet -d 'Print errors only: no warnings, no progress'
complete -c vbc-run -s v -l verbose -d 'Say on standard error what is done, and how long it takes; repeat for more'
complete -c vbc-run -l json -d 'Print diagnostics as JSON, one object a line; the result too where the tool has a JSON form'
complete -c vbc-run -l limits -d 'Print the limits that input must keep, and exit'
complete -c vbc-run -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vbc-run -s V -l version -d 'Print version'
