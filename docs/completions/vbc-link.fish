complete -c vbc-link -s l -l library -d 'Link with libNAME.a of the folders of -L; may be repeated' -r
complete -c vbc-link -s o -l output -d 'Write the result to a file, which is replaced at once or not at all; - is standard output, the default' -r
complete -c vbc-link -s L -l library-path -d 'Look for libraries of -l in a folder; may be repeated' -r -F
complete -c vbc-link -l entry -d 'Make a function the entry, whatever entry the inputs have' -r
complete -c vbc-link -l export -d 'Export a symbol, under its own name or another; may be repeated' -r
complete -c vbc-link -l import -d 'Make an undefined symbol NAME the import MODULE:NAME; may be repeated' -r
complete -c vbc-link -l keep -d 'Keep a symbol and what it needs; may be repeated' -r
complete -c vbc-link -l why-live -d 'Say on standard error why a symbol is in the result; may be repeated' -r
complete -c vbc-link -l trace-symbol -d 'Say on standard error which inputs define and use a symbol; may be repeated' -r
complete -c vbc-link -l map -d 'Write a map of the result: what it holds, where it comes from, what was left out' -r
complete -c vbc-link -l map-json -d 'Write the map as JSON' -r
complete -c vbc-link -l dependency-file -d 'Write the files that were read as a rule for make' -r
complete -c vbc-link -l reproduce -d 'Write everything that was read to a tar archive, with a response file that repeats the link' -r
complete -c vbc-link -l cc -d 'The C compiler that links; cc, or the cross compiler of the target, such as aarch64-linux-gnu-gcc' -r
complete -c vbc-link -l target -d 'Insist on a processor: x86_64, aarch64 or riscv64' -r
complete -c vbc-link -l runtime -d 'The runtime library; by default libvbcrt.a as VBC_RUNTIME says, beside this program, or in ../lib/vbc/TRIPLE/ from there' -r -F
complete -c vbc-link -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless NO_COLOR is set; elsewhere too if CLICOLOR_FORCE is'
always\t'Colour everywhere'
never\t'No colour'"
complete -c vbc-link -s j -l jobs -d 'Threads to use; as many as there are processors by default' -r
complete -c vbc-link -l error-limit -d 'Stop printing after this many errors; 0 prints all' -r
complete -c vbc-link -l explain -d 'Explain a diagnostic code such as V0137, with an example, and exit' -r
complete -c vbc-link -l limit -d 'Lower one of the limits, for tests' -r
complete -c vbc-link -l generate -d 'Print the man page or the completions for a shell, and exit' -r -f -a "man\t'The man page, in roff'
bash\t'Completions for bash'
zsh\t'Completions for zsh'
fish\t'Completions for fish'
powershell\t'Completions for PowerShell'"
complete -c vbc-link -l force -d 'Write binary output even to a terminal'
complete -c vbc-link -l archive -d 'Make an archive of the inputs, with an index of what they define'
complete -c vbc-link -s r -l relocatable -d 'Link to an object, which may keep undefined symbols, even if there is an entry'
complete -c vbc-link -l export-all -d 'Export every function, table, memory, global and tag that is neither local nor hidden'
complete -c vbc-link -l allow-undefined -d 'Make undefined functions, globals, tables and tags imports of the module env'
complete -c vbc-link -l gc-sections -d 'Leave out what nothing needs; the default for a program'
complete -c vbc-link -l no-gc-sections -d 'Keep what nothing needs'
complete -c vbc-link -l print-gc -d 'Say on standard error what is left out because nothing needs it'
complete -c vbc-link -l strip-debug -d 'Leave debug information out'
complete -c vbc-link -l strip-all -d 'Leave debug information and the symbols of definitions out'
complete -c vbc-link -l zstd -d 'Compress the sections with zstd'
complete -c vbc-link -l stats -d 'Say on standard error how large everything is, and how long each pass takes'
complete -c vbc-link -l exe -d 'Make an executable of an object of vbc-aot, and of objects and libraries of other compilers that define what the program imports'
complete -c vbc-link -l static -d 'Make an executable that needs no shared libraries'
complete -c vbc-link -s q -l quiet -d 'Print errors only: no warnings, no progress'
complete -c vbc-link -s v -l verbose -d 'Say on standard error what is done, and how long it takes; repeat for more'
complete -c vbc-link -l json -d 'Print diagnostics as JSON, one object a line; the result too where the tool has a JSON form'
complete -c vbc-link -l limits -d 'Print the limits that input must keep, and exit'
complete -c vbc-link -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vbc-link -s V -l version -d 'Print version'
