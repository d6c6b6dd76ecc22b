
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'vbc-aot' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'vbc-aot'
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
        'vbc-aot' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file, which is replaced at once or not at all; - is standard output, the default')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file, which is replaced at once or not at all; - is standard output, the default')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'The processor to compile for; by default this machine''s')
            [CompletionResult]::new('--cpu', '--cpu', [CompletionResultType]::ParameterName, 'Let code use more than the first processors of the kind have: native for all that this one has, or features and models such as sse41, x86-64-v3, separated by commas')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Also write a C header with the functions that the program exports and imports')
            [CompletionResult]::new('--emit', '--emit', [CompletionResultType]::ParameterName, 'What to write')
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'Print this function only')
            [CompletionResult]::new('--opt', '--opt', [CompletionResultType]::ParameterName, 'How hard to try for fast code')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Threads to use; as many as there are processors by default')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Threads to use; as many as there are processors by default')
            [CompletionResult]::new('--error-limit', '--error-limit', [CompletionResultType]::ParameterName, 'Stop printing after this many errors; 0 prints all')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Explain a diagnostic code such as V0137, with an example, and exit')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Lower one of the limits, for tests')
            [CompletionResult]::new('--generate', '--generate', [CompletionResultType]::ParameterName, 'Print the man page or the completions for a shell, and exit')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Write binary output even to a terminal')
            [CompletionResult]::new('-g', '-g', [CompletionResultType]::ParameterName, 'Add files, lines and functions for debuggers')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Add files, lines and functions for debuggers')
            [CompletionResult]::new('--export-all', '--export-all', [CompletionResultType]::ParameterName, 'Let C call every function with a global symbol, not only exported ones')
            [CompletionResult]::new('--no-signals', '--no-signals', [CompletionResultType]::ParameterName, 'Find traps by tests in the code instead of signals, and leave the process''s signals alone')
            [CompletionResult]::new('--no-guard-pages', '--no-guard-pages', [CompletionResultType]::ParameterName, 'Check every address instead of surrounding memory with unusable pages')
            [CompletionResult]::new('--metered', '--metered', [CompletionResultType]::ParameterName, 'Count fuel and look at the clock, so that VBC_FUEL and VBC_TIMEOUT can bound a run')
            [CompletionResult]::new('--deterministic', '--deterministic', [CompletionResultType]::ParameterName, 'Make runs the same bit for bit: clocks count, random numbers start with 0, all NaNs are the same')
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
