
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'vbc-as' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'vbc-as'
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
        'vbc-as' {
            [CompletionResult]::new('--file-prefix-map', '--file-prefix-map', [CompletionResultType]::ParameterName, 'Record file names that begin with OLD as if they began with NEW; may be repeated, the last that applies counts')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file, which is replaced at once or not at all; - is standard output, the default')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file, which is replaced at once or not at all; - is standard output, the default')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Threads to use; as many as there are processors by default')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Threads to use; as many as there are processors by default')
            [CompletionResult]::new('--error-limit', '--error-limit', [CompletionResultType]::ParameterName, 'Stop printing after this many errors; 0 prints all')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Explain a diagnostic code such as V0137, with an example, and exit')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Lower one of the limits, for tests')
            [CompletionResult]::new('--generate', '--generate', [CompletionResultType]::ParameterName, 'Print the man page or the completions for a shell, and exit')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Only report errors; write nothing')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Write the text itself, laid out: indentation, spaces, case, columns; comments stay')
            [CompletionResult]::new('--canonical', '--canonical', [CompletionResultType]::ParameterName, 'Write the canonical text of the module instead of the module')
            [CompletionResult]::new('--zstd', '--zstd', [CompletionResultType]::ParameterName, 'Compress sections with zstd where that makes them smaller')
            [CompletionResult]::new('-g', '-g', [CompletionResultType]::ParameterName, 'Keep names, files and lines for debuggers, which is the default')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Keep names, files and lines for debuggers, which is the default')
            [CompletionResult]::new('--strip-debug', '--strip-debug', [CompletionResultType]::ParameterName, 'Leave out names, files and lines')
            [CompletionResult]::new('--embed-source', '--embed-source', [CompletionResultType]::ParameterName, 'Put the text itself into the module')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Write binary output even to a terminal')
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
