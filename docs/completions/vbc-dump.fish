complete -c vbc-dump -l only -d 'Only functions with this name (* and ? are wildcards), index (#3), or byte of the file (@0x1a8); may be repeated; shows instructions unless something else is named' -r
complete -c vbc-dump -l source-dir -d 'Read source files below this folder too; may be repeated' -r -F
complete -c vbc-dump -s o -l output -d 'Write the result to a file, which is replaced at once or not at all; - is standard output, the default' -r
complete -c vbc-dump -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal, unless NO_COLOR is set; elsewhere too if CLICOLOR_FORCE is'
always\t'Colour everywhere'
never\t'No colour'"
complete -c vbc-dump -s j -l jobs -d 'Threads to use; as many as there are processors by default' -r
complete -c vbc-dump -l error-limit -d 'Stop printing after this many errors; 0 prints all' -r
complete -c vbc-dump -l explain -d 'Explain a diagnostic code such as V0137, with an example, and exit' -r
complete -c vbc-dump -l limit -d 'Lower one of the limits, for tests' -r
complete -c vbc-dump -l generate -d 'Print the man page or the completions for a shell, and exit' -r -f -a "man\t'The man page, in roff'
bash\t'Completions for bash'
zsh\t'Completions for zsh'
fish\t'Completions for fish'
powershell\t'Completions for PowerShell'"
complete -c vbc-dump -s a -l all -d 'Everything but graphs, text and bytes'
complete -c vbc-dump -l headers -d 'Header and section table'
complete -c vbc-dump -l definitions -d 'Types, memories, tables, globals, tags, element segments and initialisers'
complete -c vbc-dump -l imports -d 'Imports and undefined symbols'
complete -c vbc-dump -l exports -d 'Exports'
complete -c vbc-dump -l symbols -d 'Symbols'
complete -c vbc-dump -l strings -d 'Names'
complete -c vbc-dump -s d -l disassemble -d 'Instructions of all functions, or of those of --only'
complete -c vbc-dump -l data -d 'Data rows in hexadecimal'
complete -c vbc-dump -s l -l lines -d 'Line tables'
complete -c vbc-dump -l sizes -d 'Sizes by section and by function'
complete -c vbc-dump -l cfg -d 'Control-flow graphs for Graphviz'
complete -c vbc-dump -l text -d 'The whole module as text, which assembles to the same bytes'
complete -c vbc-dump -l bytes -d 'Every byte of the file with its meaning'
complete -c vbc-dump -s S -l source -d 'Source lines between the instructions, from the module, or from the files that it names, if they lie below the current folder'
complete -c vbc-dump -l words -d 'The words of each instruction in hexadecimal'
complete -c vbc-dump -l jsonl -d 'Print JSON, one record a line, for very large files'
complete -c vbc-dump -s q -l quiet -d 'Print errors only: no warnings, no progress'
complete -c vbc-dump -s v -l verbose -d 'Say on standard error what is done, and how long it takes; repeat for more'
complete -c vbc-dump -l json -d 'Print diagnostics as JSON, one object a line; the result too where the tool has a JSON form'
complete -c vbc-dump -l limits -d 'Print the limits that input must keep, and exit'
complete -c vbc-dump -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vbc-dump -s V -l version -d 'Print version'
