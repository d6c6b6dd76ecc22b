
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'vbc-link' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'vbc-link'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'vbc-link' {
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Link with libNAME.a of the folders of -L; may be repeated')
            [CompletionResult]::new('--library', '--library', [CompletionResultType]::ParameterName, 'Link with libNAME.a of the folders of -L; may be repeated')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file, which is replaced at once or not at all; - is standard output, the default')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file, which is replaced at once or not at all; - is standard output, the default')
            [CompletionResult]::new('-L', '-L ', [CompletionResultType]::ParameterName, 'Look for libraries of -l in a folder; may be repeated')
            [CompletionResult]::new('--library-path', '--library-path', [CompletionResultType]::ParameterName, 'Look for libraries of -l in a folder; may be repeated')
            [CompletionResult]::new('--entry', '--entry', [CompletionResultType]::ParameterName, 'Make a function the entry, whatever entry the inputs have')
            [CompletionResult]::new('--export', '--export', [CompletionResultType]::ParameterName, 'Export a symbol, under its own name or another; may be repeated')
            [CompletionResult]::new('--import', '--import', [CompletionResultType]::ParameterName, 'Make an undefined symbol NAME the import MODULE:NAME; may be repeated')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Keep a symbol and what it needs; may be repeated')
            [CompletionResult]::new('--why-live', '--why-live', [CompletionResultType]::ParameterName, 'Say on standard error why a symbol is in the result; may be repeated')
            [CompletionResult]::new('--trace-symbol', '--trace-symbol', [CompletionResultType]::ParameterName, 'Say on standard error which inputs define and use a symbol; may be repeated')
            [CompletionResult]::new('--map', '--map', [CompletionResultType]::ParameterName, 'Write a map of the result: what it holds, where it comes from, what was left out')
            [CompletionResult]::new('--map-json', '--map-json', [CompletionResultType]::ParameterName, 'Write the map as JSON')
            [CompletionResult]::new('--dependency-file', '--dependency-file', [CompletionResultType]::ParameterName, 'Write the files that were read as a rule for make')
            [CompletionResult]::new('--reproduce', '--reproduce', [CompletionResultType]::ParameterName, 'Write everything that was read to a tar archive, with a response file that repeats the link')
            [CompletionResult]::new('--cc', '--cc', [CompletionResultType]::ParameterName, 'The C compiler that links; cc, or the cross compiler of the target, such as aarch64-linux-gnu-gcc')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Insist on a processor: x86_64, aarch64 or riscv64')
            [CompletionResult]::new('--runtime', '--runtime', [CompletionResultType]::ParameterName, 'The runtime library; by default libvbcrt.a as VBC_RUNTIME says, beside this program, or in ../lib/vbc/TRIPLE/ from there')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Threads to use; as many as there are processors by default')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Threads to use; as many as there are processors by default')
            [CompletionResult]::new('--error-limit', '--error-limit', [CompletionResultType]::ParameterName, 'Stop printing after this many errors; 0 prints all')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Explain a diagnostic code such as V0137, with an example, and exit')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Lower one of the limits, for tests')
            [CompletionResult]::new('--generate', '--generate', [CompletionResultType]::ParameterName, 'Print the man page or the completions for a shell, and exit')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Write binary output even to a terminal')
            [CompletionResult]::new('--archive', '--archive', [CompletionResultType]::ParameterName, 'Make an archive of the inputs, with an index of what they define')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Link to an object, which may keep undefined symbols, even if there is an entry')
            [CompletionResult]::new('--relocatable', '--relocatable', [CompletionResultType]::ParameterName, 'Link to an object, which may keep undefined symbols, even if there is an entry')
            [CompletionResult]::new('--export-all', '--export-all', [CompletionResultType]::ParameterName, 'Export every function, table, memory, global and tag that is neither local nor hidden')
            [CompletionResult]::new('--allow-undefined', '--allow-undefined', [CompletionResultType]::ParameterName, 'Make undefined functions, globals, tables and tags imports of the module env')
            [CompletionResult]::new('--gc-sections', '--gc-sections', [CompletionResultType]::ParameterName, 'Leave out what nothing needs; the default for a program')
            [CompletionResult]::new('--no-gc-sections', '--no-gc-sections', [CompletionResultType]::ParameterName, 'Keep what nothing needs')
            [CompletionResult]::new('--print-gc', '--print-gc', [CompletionResultType]::ParameterName, 'Say on standard error what is left out because nothing needs it')
            [CompletionResult]::new('--strip-debug', '--strip-debug', [CompletionResultType]::ParameterName, 'Leave debug information out')
            [CompletionResult]::new('--strip-all', '--strip-all', [CompletionResultType]::ParameterName, 'Leave debug information and the symbols of definitions out')
            [CompletionResult]::new('--zstd', '--zstd', [CompletionResultType]::ParameterName, 'Compress the sections with zstd')
            [CompletionResult]::new('--stats', '--stats', [CompletionResultType]::ParameterName, 'Say on standard error how large everything is, and how long each pass takes')
            [CompletionResult]::new('--exe', '--exe', [CompletionResultType]::ParameterName, 'Make an executable of an object of vbc-aot, and of objects and libraries of other compilers that define what the program imports')
            [CompletionResult]::new('--static', '--static', [CompletionResultType]::ParameterName, 'Make an executable that needs no shared libraries')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only: no warnings, no progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print errors only: no warnings, no progress')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say on standard error what is done, and how long it takes; repeat for more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say on standard error what is done, and how long it takes; repeat for more')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print diagnostics as JSON, one object a line; the result too where the tool has a JSON form')
            [CompletionResult]::new('--limits', '--limits', [CompletionResultType]::ParameterName, 'Print the limits that input must keep, and exit')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
