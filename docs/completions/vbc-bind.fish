complete -c vbc-bind -l lib -d 'The library that has the functions, as the dynamic linker knows it: libz.so.1' -r
complete -c vbc-bind -l from -d 'Take all functions that an included header declares, by the end of its path: bits/mathcalls.h; may be repeated' -r
complete -c vbc-bind -l const -d 'Take a constant, a macro or an enumerator, or all that match \'Z_*\'; may be repeated' -r
complete -c vbc-bind -l enum -d 'Take all enumerators of an enum; may be repeated' -r
complete -c vbc-bind -l struct -d 'Take the size of a struct or a union, and the offsets of its fields; may be repeated' -r
complete -c vbc-bind -l ptr -d 'Take parameters that point to a type for ptr, which the program does not look into; may be repeated' -r
complete -c vbc-bind -l buf -d 'Take parameters that point to a type for buf, memory of the program; may be repeated' -r
complete -c vbc-bind -l errno -d 'Have a function return errno, too, or all that match; may be repeated' -r
complete -c vbc-bind -l blocking -d 'Have a function called on a thread of its own, as it may wait, or all that match; may be repeated' -r
complete -c vbc-bind -l prefix -d 'Put something before every name in the text' -r
complete -c vbc-bind -s o -l output -d 'Write the result to a file, which is replaced at once or not at all; - is standard output, the default' -r
complete -c vbc-bind -l cc -d 'The C compiler; by default what the variable CC says, or cc' -r
complete -c vbc-bind -l include -d 'Include another header first; may be repeated' -r -F
complete -c vbc-bind -s I -d 'Look for headers in a folder; may be repeated' -r
complete -c vbc-bind -s D -d 'Define a macro; may be repeated' -r
complete -c vbc-bind -l cflag -d 'Give the compiler a flag, such as -std=c99; may be repeated' -r
complete -c vbc-bind -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless NO_COLOR is set; elsewhere too if CLICOLOR_FORCE is'
always\t'Colour everywhere'
never\t'No colour'"
complete -c vbc-bind -s j -l jobs -d 'Threads to use; as many as there are processors by default' -r
complete -c vbc-bind -l error-limit -d 'Stop printing after this many errors; 0 prints all' -r
complete -c vbc-bind -l explain -d 'Explain a diagnostic code such as V0137, with an example, and exit' -r
complete -c vbc-bind -l limit -d 'Lower one of the limits, for tests' -r
complete -c vbc-bind -l generate -d 'Print the man page or the completions for a shell, and exit' -r -f -a "man\t'The man page, in roff'
bash\t'Completions for bash'
zsh\t'Completions for zsh'
fish\t'Completions for fish'
powershell\t'Completions for PowerShell'"
complete -c vbc-bind -l all -d 'Take all functions that the header itself declares'
complete -c vbc-bind -s q -l quiet -d 'Print errors only: no warnings, no progress'
complete -c vbc-bind -s v -l verbose -d 'Say on standard error what is done, and how long it takes; repeat for more'
complete -c vbc-bind -l json -d 'Print diagnostics as JSON, one object a line; the result too where the tool has a JSON form'
complete -c vbc-bind -l limits -d 'Print the limits that input must keep, and exit'
complete -c vbc-bind -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vbc-bind -s V -l version -d 'Print version'
