
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'vbc-dump' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'vbc-dump'
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
        'vbc-dump' {
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'Only functions with this name (* and ? are wildcards), index (#3), or byte of the file (@0x1a8); may be repeated; shows instructions unless something else is named')
            [CompletionResult]::new('--source-dir', '--source-dir', [CompletionResultType]::ParameterName, 'Read source files below this folder too; may be repeated')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file, which is replaced at once or not at all; - is standard output, the default')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file, which is replaced at once or not at all; - is standard output, the default')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Threads to use; as many as there are processors by default')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Threads to use; as many as there are processors by default')
            [CompletionResult]::new('--error-limit', '--error-limit', [CompletionResultType]::ParameterName, 'Stop printing after this many errors; 0 prints all')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Explain a diagnostic code such as V0137, with an example, and exit')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Lower one of the limits, for tests')
            [CompletionResult]::new('--generate', '--generate', [CompletionResultType]::ParameterName, 'Print the man page or the completions for a shell, and exit')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'Everything but graphs, text and bytes')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Everything but graphs, text and bytes')
            [CompletionResult]::new('--headers', '--headers', [CompletionResultType]::ParameterName, 'Header and section table')
            [CompletionResult]::new('--definitions', '--definitions', [CompletionResultType]::ParameterName, 'Types, memories, tables, globals, tags, element segments and initialisers')
            [CompletionResult]::new('--imports', '--imports', [CompletionResultType]::ParameterName, 'Imports and undefined symbols')
            [CompletionResult]::new('--exports', '--exports', [CompletionResultType]::ParameterName, 'Exports')
            [CompletionResult]::new('--symbols', '--symbols', [CompletionResultType]::ParameterName, 'Symbols')
            [CompletionResult]::new('--strings', '--strings', [CompletionResultType]::ParameterName, 'Names')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Instructions of all functions, or of those of --only')
            [CompletionResult]::new('--disassemble', '--disassemble', [CompletionResultType]::ParameterName, 'Instructions of all functions, or of those of --only')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Data rows in hexadecimal')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Line tables')
            [CompletionResult]::new('--lines', '--lines', [CompletionResultType]::ParameterName, 'Line tables')
            [CompletionResult]::new('--sizes', '--sizes', [CompletionResultType]::ParameterName, 'Sizes by section and by function')
            [CompletionResult]::new('--cfg', '--cfg', [CompletionResultType]::ParameterName, 'Control-flow graphs for Graphviz')
            [CompletionResult]::new('--text', '--text', [CompletionResultType]::ParameterName, 'The whole module as text, which assembles to the same bytes')
            [CompletionResult]::new('--bytes', '--bytes', [CompletionResultType]::ParameterName, 'Every byte of the file with its meaning')
            [CompletionResult]::new('-S', '-S ', [CompletionResultType]::ParameterName, 'Source lines between the instructions, from the module, or from the files that it names, if they lie below the current folder')
            [CompletionResult]::new('--source', '--source', [CompletionResultType]::ParameterName, 'Source lines between the instructions, from the module, or from the files that it names, if they lie below the current folder')
            [CompletionResult]::new('--words', '--words', [CompletionResultType]::ParameterName, 'The words of each instruction in hexadecimal')
            [CompletionResult]::new('--jsonl', '--jsonl', [CompletionResultType]::ParameterName, 'Print JSON, one record a line, for very large files')
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
